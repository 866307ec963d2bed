import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HpackDecoder, HpackEncoder, HpackError } from './index.ts';

const bytes = (hex: string) => Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');
const decode = (decoder: HpackDecoder, block: Buffer) => decoder.decode(block, 0, block.length);

/** RFC 7541 appendix C: each case is a run of blocks on one connection. */
const RFC_RUNS: { name: string; tableBytes?: number; blocks: [hex: string, fields: string[]][] }[] = [
  {
    name: 'C.2.1 literal with indexing',
    blocks: [['400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572', ['custom-key', 'custom-header']]],
  },
  { name: 'C.2.2 literal without indexing', blocks: [['040c 2f73 616d 706c 652f 7061 7468', [':path', '/sample/path']]] },
  { name: 'C.2.3 literal never indexed', blocks: [['1008 7061 7373 776f 7264 0673 6563 7265 74', ['password', 'secret']]] },
  { name: 'C.2.4 indexed', blocks: [['82', [':method', 'GET']]] },
  {
    name: 'C.3 requests without Huffman',
    blocks: [
      [
        '8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
        [':method', 'GET', ':scheme', 'http', ':path', '/', ':authority', 'www.example.com'],
      ],
      [
        '8286 84be 5808 6e6f 2d63 6163 6865',
        [':method', 'GET', ':scheme', 'http', ':path', '/', ':authority', 'www.example.com', 'cache-control', 'no-cache'],
      ],
      [
        '8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65',
        [':method', 'GET', ':scheme', 'https', ':path', '/index.html', ':authority', 'www.example.com', 'custom-key', 'custom-value'],
      ],
    ],
  },
  {
    name: 'C.4 requests with Huffman',
    blocks: [
      ['8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff', [':method', 'GET', ':scheme', 'http', ':path', '/', ':authority', 'www.example.com']],
      [
        '8286 84be 5886 a8eb 1064 9cbf',
        [':method', 'GET', ':scheme', 'http', ':path', '/', ':authority', 'www.example.com', 'cache-control', 'no-cache'],
      ],
      [
        '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf',
        [':method', 'GET', ':scheme', 'https', ':path', '/index.html', ':authority', 'www.example.com', 'custom-key', 'custom-value'],
      ],
    ],
  },
  {
    name: 'C.5 responses without Huffman, with eviction',
    tableBytes: 256,
    blocks: [
      [
        '4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
        [':status', '302', 'cache-control', 'private', 'date', 'Mon, 21 Oct 2013 20:13:21 GMT', 'location', 'https://www.example.com'],
      ],
      [
        '4803 3330 37c1 c0bf',
        [':status', '307', 'cache-control', 'private', 'date', 'Mon, 21 Oct 2013 20:13:21 GMT', 'location', 'https://www.example.com'],
      ],
      [
        '88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31',
        [
          ':status',
          '200',
          'cache-control',
          'private',
          'date',
          'Mon, 21 Oct 2013 20:13:22 GMT',
          'location',
          'https://www.example.com',
          'content-encoding',
          'gzip',
          'set-cookie',
          'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1',
        ],
      ],
    ],
  },
  {
    name: 'C.6 responses with Huffman and eviction',
    tableBytes: 256,
    blocks: [
      [
        '4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3',
        [':status', '302', 'cache-control', 'private', 'date', 'Mon, 21 Oct 2013 20:13:21 GMT', 'location', 'https://www.example.com'],
      ],
      [
        '4883 640e ffc1 c0bf',
        [':status', '307', 'cache-control', 'private', 'date', 'Mon, 21 Oct 2013 20:13:21 GMT', 'location', 'https://www.example.com'],
      ],
      [
        '88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07',
        [
          ':status',
          '200',
          'cache-control',
          'private',
          'date',
          'Mon, 21 Oct 2013 20:13:22 GMT',
          'location',
          'https://www.example.com',
          'content-encoding',
          'gzip',
          'set-cookie',
          'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1',
        ],
      ],
    ],
  },
];

for (const { name, tableBytes, blocks } of RFC_RUNS) {
  test(`the decoder reads RFC 7541 ${name}`, () => {
    const decoder = new HpackDecoder(tableBytes ?? 4096, 1 << 20);
    for (const [hex, fields] of blocks) assert.deepEqual(decode(decoder, bytes(hex)), fields);
  });
}

test('integers are those of RFC 7541 C.1: 10 and 1337 with a prefix of five bits', () => {
  const target = Buffer.alloc(16);
  for (const [size, hex] of [
    [10, '202a'],
    [1337, '203f9a0a'],
  ] as const) {
    const encoder = new HpackEncoder();
    encoder.setTableLimit(size);
    assert.equal(target.toString('hex', 0, encoder.encode(target, 0, [], false)), hex);
    assert.deepEqual(decode(new HpackDecoder(size, 100), bytes(hex)), []);
    assert.throws(() => decode(new HpackDecoder(size - 1, 100), bytes(hex)), HpackError);
  }
});

const BAD_BLOCKS = {
  'index 0': '80',
  'an index beyond the table': 'be',
  'a block that ends inside an integer': 'ff',
  'an integer of more than 28 bits': 'ff8080808080',
  'a literal without its name': '40',
  'a string that is longer than the block': '0005 61',
  'a table that is larger than we allow': '3fe2ff01',
  'a table size update after a field': '82 20',
  'EOS inside a Huffman string': '0085 ffffffffff 00',
  'Huffman padding of more than seven bits': '0082 1fff 00',
  'Huffman padding that is not all ones': '0081 18 00',
};
for (const [name, hex] of Object.entries(BAD_BLOCKS)) {
  test(`the decoder refuses ${name}`, () => {
    assert.throws(() => decode(new HpackDecoder(4096, 1 << 20), bytes(hex)), HpackError);
  });
}

test('a header list above the limit is undefined, and the table is in step all the same', () => {
  const decoder = new HpackDecoder(4096, 100);
  const encoder = new HpackEncoder();
  const target = Buffer.alloc(4096);
  const long = ['x-long', 'v'.repeat(200), 'x-kept', 'one'];
  assert.equal(decode(decoder, target.subarray(0, encoder.encode(target, 0, long, true))), undefined);
  assert.deepEqual(decode(decoder, target.subarray(0, encoder.encode(target, 0, ['x-kept', 'one'], true))), ['x-kept', 'one']);
});

test('a table of large entries that is named over and over stays within the list limit', () => {
  const decoder = new HpackDecoder(4096, 64 << 10);
  const target = Buffer.alloc(8192);
  const end = new HpackEncoder().encode(target, 0, ['x-bomb', 'v'.repeat(4000)], true);
  decode(decoder, target.subarray(0, end));
  assert.equal(decode(decoder, Buffer.alloc(100_000, 0xbe)), undefined);
});

for (const name of ['X-Upper', 'with space', '', 'a:b', 'tab\t']) {
  test(`the field name ${JSON.stringify(name)} is noted as malformed`, () => {
    const decoder = new HpackDecoder(4096, 1 << 20);
    const target = Buffer.alloc(100);
    decode(decoder, target.subarray(0, new HpackEncoder().encode(target, 0, [name, 'v'], false)));
    assert.equal(decoder.malformed, true);
  });
}

test('a forbidden field is noted as malformed each time that it comes, from the table too; others are not', () => {
  const bad = [
    ['x-value', 'line\nbreak'],
    ['X-Name', 'v'],
  ] as const;
  for (const field of bad) {
    const decoder = new HpackDecoder(4096, 1 << 20);
    const encoder = new HpackEncoder();
    const target = Buffer.alloc(100);
    const malformed = (fields: readonly string[]) => {
      assert.deepEqual(decode(decoder, target.subarray(0, encoder.encode(target, 0, fields, true))), fields);
      return decoder.malformed;
    };
    assert.deepEqual([field, field, ['x', 'y'], ['x', 'y'], field].map(malformed), [true, true, false, false, true]);
  }
});

test('a repeated block costs an octet per field, and the epoch stays', () => {
  const encoder = new HpackEncoder();
  const target = Buffer.alloc(1000);
  const fields = [':method', 'POST', ':path', '/pluginv2.Data/QueryData', 'content-type', 'application/grpc'];
  encoder.encode(target, 0, fields, true);
  const { epoch } = encoder;
  assert.equal(encoder.encode(target, 0, fields, true), 3);
  assert.equal(encoder.epoch, epoch);
});

test('a full table takes no more entries and evicts none', () => {
  const encoder = new HpackEncoder();
  const decoder = new HpackDecoder(4096, 1 << 20);
  const target = Buffer.alloc(4096);
  for (let i = 0; i < 200; i++) {
    const fields = [`x-${i}`, 'v'.repeat(50)];
    assert.deepEqual(decode(decoder, target.subarray(0, encoder.encode(target, 0, fields, true))), fields);
  }
  assert.equal(encoder.encode(target, 0, ['x-0', 'v'.repeat(50)], true), 1);
});

test('any fields come back as they were, over any changes of the table size', () => {
  const name = fc.constantFrom(':path', 'content-type', 'x-one', 'x-two', 'grpc-timeout', 'a-rather-long-name');
  const value = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)), maxLength: 300 });
  const fields = fc.array(fc.tuple(name, value), { maxLength: 8 });
  const step = fc.record({ fields, lasting: fc.boolean(), tableBytes: fc.option(fc.integer({ min: 0, max: 9000 })) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const encoder = new HpackEncoder();
      const decoder = new HpackDecoder(4096, 1 << 20);
      for (const { fields, lasting, tableBytes } of steps) {
        if (tableBytes !== null) encoder.setTableLimit(tableBytes);
        const flat = fields.flat();
        const target = Buffer.alloc(HpackEncoder.bound(flat));
        assert.deepEqual(decode(decoder, target.subarray(0, encoder.encode(target, 0, flat, lasting))), flat);
      }
    }),
  );
});

test('any octets give fields or an HpackError, never another error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (octets) => {
      try {
        decode(new HpackDecoder(4096, 1 << 16), Buffer.from(octets));
      } catch (error) {
        assert.ok(error instanceof HpackError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});
