import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isProtocolError, type ProtocolError } from '../errors/index.ts';
import {
  append,
  type Get,
  type Mutable,
  messageCodec,
  type Put,
  putMap,
  putMessages,
  type StringMap,
  type UnknownField,
  type Unknowns,
} from './index.ts';

interface Sample extends Unknowns {
  readonly text: string;
  readonly raw: Uint8Array;
  readonly big: bigint;
  readonly small: number;
  readonly positive: number;
  readonly map: StringMap;
  readonly children: readonly Sample[];
}

const getSample: Get<Sample> = (reader, target = empty()) => {
  const message: Mutable<Sample> = target;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) message.text = reader.string();
    else if (field === 2) message.raw = reader.bytes();
    else if (field === 3) message.big = reader.int64();
    else if (field === 4) message.small = reader.int32();
    else if (field === 5) message.positive = reader.uint32();
    else if (field === 6) reader.mapEntry(message.map);
    else if (field === 7) append(message.children, reader.message(getSample));
    else reader.unknown(message);
  }
  return message;
};

const putSample: Put<Sample> = (sink, message) => {
  sink.string(1, message.text);
  sink.bytes(2, message.raw);
  sink.int64(3, message.big);
  sink.int32(4, message.small);
  sink.uint32(5, message.positive);
  putMap(sink, 6, message.map);
  putMessages<Sample>(sink, 7, message.children, putSample);
  sink.unknown(message.$unknown);
};

const codec = messageCodec<Sample>('Sample', getSample, putSample);

function empty(): Sample {
  return { text: '', raw: new Uint8Array(0), big: 0n, small: 0, positive: 0, map: {}, children: [] };
}

function malformed(bytes: readonly number[], reason: RegExp): void {
  assert.throws(
    () => codec.decode(Uint8Array.from(bytes)),
    (error) => isProtocolError(error, 'message_malformed') && error.facts.message === 'Sample' && reason.test(error.facts.reason),
    `${bytes}`,
  );
}

describe('reading', () => {
  test('bytes fields are views on the received message', () => {
    const input = codec.encode({ raw: Uint8Array.of(1, 2, 3), children: [{ raw: Uint8Array.of(9) }] });
    const message = codec.decode(input);
    input.fill(7, input.length - 1);
    assert.equal(message.raw.buffer, input.buffer);
    assert.deepEqual([...(message.children[0]?.raw ?? [])], [7]);
  });

  test('a message inside a larger buffer is read by its own bounds', () => {
    const input = codec.encode({ text: 'a text of more than sixteen bytes', raw: Uint8Array.of(1, 2) });
    const around = new Uint8Array(input.length + 20).fill(0xff);
    around.set(input, 10);
    const message = codec.decode(around.subarray(10, 10 + input.length));
    assert.equal(message.text, 'a text of more than sixteen bytes');
    assert.deepEqual([...message.raw], [1, 2]);
  });

  test('int64 fields keep their extremes', () => {
    for (const big of [
      2n ** 63n - 1n,
      -(2n ** 63n),
      -1n,
      2n ** 53n + 1n,
      -6795364578871n,
      2n ** 31n,
      2n ** 32n - 1n,
      2n ** 32n,
      127n,
      128n,
    ]) {
      assert.equal(codec.decode(codec.encode({ big })).big, big);
    }
  });

  test('int64 fields take safe integers too', () => {
    for (const big of [5, -5, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 2 ** 32, 2 ** 35 - 1]) {
      assert.equal(codec.decode(codec.encode({ big })).big, BigInt(big));
    }
  });

  test('a larger number in an int32 field is cut to 32 bits', () => {
    assert.equal(codec.decode(Uint8Array.from([0x20, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01])).small, -1);
  });

  test('invalid UTF-8 is refused, short or long, and a real replacement character is not', () => {
    malformed([0x0a, 2, 0xc3, 0x28], /not UTF-8/);
    malformed([0x0a, 20, ...Array(19).fill(0x61), 0xff], /not UTF-8/);
    const text = `\ufffd and ${'more '.repeat(8)}`;
    assert.equal(codec.decode(codec.encode({ text })).text, text);
  });

  test('a map key named __proto__ is an ordinary entry', () => {
    const map = JSON.parse('{"__proto__":"x","b":"y"}') as Record<string, string>;
    const read = codec.decode(codec.encode({ map })).map;
    assert.deepEqual(Object.entries(read), [
      ['__proto__', 'x'],
      ['b', 'y'],
    ]);
    assert.equal(Object.getPrototypeOf(read), Object.prototype);
  });

  test('what ends too early is malformed', () => {
    malformed([0x18], /end inside a number/);
    malformed([0x18, 0x80], /end inside a number/);
    malformed([0x0a], /end inside a number/);
    malformed([0x0a, 3, 0x61], /length of 3 where 1 bytes are left/);
    malformed([0x3a, 4, 0x0a, 3, 0x61, 0x61], /length of 3 where 2/);
    malformed([0x85, 0x08, 1, 2, 3], /4 bytes where 3 are left/);
    malformed([0x81, 0x08, 1, 2, 3], /8 bytes where 3 are left/);
  });

  test('lengths near 2^32 and negative lengths are malformed', () => {
    malformed([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f, 1], /length of 4294967295/);
    malformed([0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], /above 32 bits/);
  });

  test('an overlong number is malformed', () => {
    malformed([0x18, ...Array(10).fill(0x80), 1], /more than 64 bits/);
    malformed([0x18, ...Array(9).fill(0xff), 2], /more than 64 bits/);
    assert.equal(codec.decode(Uint8Array.from([0x18, ...Array(9).fill(0xff), 1])).big, -1n);
  });

  test('a wrong wire type, field number 0 and stray groups are malformed', () => {
    malformed([0x08, 1], /wire type 0 where 2 belongs/);
    malformed([0x1a, 1, 1], /wire type 2 where 0 belongs/);
    malformed([0x02, 0], /field number 0/);
    malformed([0x84, 0x08], /end of a group that has no start/);
    malformed([0x86, 0x08], /wire type 6/);
    malformed([0x83, 0x08, 0x8c, 0x08], /end of another group/);
  });

  test('a flood of unknown fields is malformed: each would cost eighty times its bytes', () => {
    const flood = (count: number) => new Uint8Array(count * 2).map((_, index) => (index % 2 === 0 ? 0x78 : 1));
    assert.equal(codec.decode(flood(10_000)).$unknown?.length, 10_000);
    malformed([...flood(10_001)], /more than 10000 fields that are unknown here/);
    const child = [0x3a, 0xa0, 0x9c, 0x01, ...flood(10_000)]; // field 7, 20 000 bytes
    malformed([...child, 0x78, 1], /more than 10000/);
  });

  test('a flood of map entries is malformed', () => {
    const entries = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`key ${index}`, '']));
    assert.equal(Object.keys(codec.decode(codec.encode({ map: entries(100_000) })).map).length, 100_000);
    malformed([...codec.encode({ map: entries(100_001) })], /more than 100000 entries of maps/);
  });

  test('an unknown group is kept, and one of absurd depth is malformed', () => {
    const group = Uint8Array.from([0x83, 0x08, 0x08, 1, 0x84, 0x08]);
    const message = codec.decode(group);
    assert.equal(message.$unknown?.length, 1);
    assert.deepEqual([...codec.encode(message)], [...group]);
    malformed(Array(500).fill([0x83, 0x08]).flat(), /nested deeper/);
  });
});

describe('writing', () => {
  test('empty fields are left out, and an empty message is no bytes', () => {
    assert.equal(codec.encode({}).length, 0);
    assert.equal(codec.encode(empty()).length, 0);
    assert.deepEqual([...codec.encode({ children: [{}] })], [0x3a, 0]);
  });

  test('a lone surrogate becomes U+FFFD', () => {
    assert.equal(codec.decode(codec.encode({ text: 'a\ud800b' })).text, 'a\ufffdb');
  });

  test('numbers that do not fit are refused by field', () => {
    const refused = (run: () => unknown, field: number) =>
      assert.throws(
        run,
        (error) => isProtocolError(error, 'message_unencodable') && (error as ProtocolError<'message_unencodable'>).facts.field === field,
      );
    refused(() => codec.encode({ big: 2n ** 63n }), 3);
    refused(() => codec.encode({ big: 1.5 }), 3);
    refused(() => codec.encode({ big: 2 ** 53 }), 3);
    refused(() => codec.encode({ small: 2 ** 31 }), 4);
    refused(() => codec.encode({ small: Number.NaN }), 4);
    refused(() => codec.encode({ positive: -1 }), 5);
  });

  test('lengths of one to four bytes are written right', () => {
    for (const length of [1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152]) {
      const raw = new Uint8Array(length).fill(0x41);
      assert.equal(Buffer.compare(codec.decode(codec.encode({ raw, text: 'x' })).raw, raw), 0, `${length} bytes`);
    }
  });

  test('parts are the same bytes in order, and big bytes fields are in them without a copy', () => {
    const [big, most] = [new Uint8Array(64 << 10).fill(0x42), new Uint8Array((64 << 10) - 1).fill(0x43)];
    const message = { text: 'x', raw: big, small: 7, children: [{ raw: most, text: 'y' }, { raw: big }], $unknown: [unknownOf(big)] };
    const parts = codec.measure(message).toParts();
    assert.equal(Buffer.compare(Buffer.concat(parts), codec.encode(message)), 0);
    assert.deepEqual(
      parts.map((part) => part === big),
      [false, true, false, true, false, false],
    );
    assert.deepEqual(codec.measure({}).toParts(), [Buffer.alloc(0)]);
    assert.deepEqual(codec.measure({ text: 'x' }).toParts(), [codec.encode({ text: 'x' })]);
  });
});

test('after a message that cannot be written the next one is written right', () => {
  assert.throws(() => codec.encode({ text: 'x', children: [{ text: 'z', big: 1.5 }] }), { code: 'message_unencodable' });
  assert.equal(codec.decode(codec.encode({ text: 'y' })).text, 'y');
});

test('lengths of messages and strings that need more octets than expected are right, with bytes that are not copied among them', () => {
  for (const count of [1, 40, 41, 42, 43, 126, 127, 128, 5000, 5461, 5462, 16_383, 16_384]) {
    const text = '\u20ac'.repeat(count);
    const raw = new Uint8Array(count).fill(7);
    const child = { text, raw, children: [{ text: 'leaf', raw, children: [{ raw, big: 1n }] }, { raw: [raw, raw] }] };
    const read = codec.decode(codec.encode({ children: [child, child], text }));
    assert.equal(read.text, text);
    for (const { text: inner, raw: bytes, children } of read.children) {
      assert.equal(inner, text);
      assert.deepEqual([bytes.length, ...children.map((one) => one.raw.length)], [count, count, 2 * count]);
      assert.deepEqual([children[0]?.text, children[0]?.children[0]?.big, children[0]?.children[0]?.raw.at(-1)], ['leaf', 1n, 7]);
    }
  }
});

test('a message is written where its bytes are needed, even when its fields encode others meanwhile', () => {
  const target = Buffer.alloc(100, 0xff);
  const whole = codec.encode({ text: 'inner outer', small: 7 });
  const nested = {
    get text() {
      return codec.decode(codec.encode({ text: 'inner outer' })).text;
    },
    small: 7,
  };
  const measured = codec.measure(nested);
  measured.writeTo(target, 10);
  assert.deepEqual(target.subarray(10, 10 + measured.length), whole);
  assert.deepEqual([target[9], target[10 + measured.length]], [0xff, 0xff]);
});

test('a bytes field that is given in parts is one field, and big parts of it are not copied', () => {
  const [small, big] = [Buffer.from('small'), new Uint8Array(64 << 10).fill(0x42)];
  const whole = { text: 'x', raw: Buffer.concat([small, big, small]) };
  const given = { text: 'x', raw: [small, big, small] };
  assert.equal(Buffer.compare(codec.encode(given), codec.encode(whole)), 0);
  const parts = codec.measure(given).toParts();
  assert.equal(Buffer.compare(Buffer.concat(parts), codec.encode(whole)), 0);
  assert.deepEqual(
    parts.map((part) => part === big),
    [false, true, false],
  );
  for (const nothing of [[], [new Uint8Array(0)]]) assert.equal(codec.encode({ raw: nothing }).length, 0);
});

/** A field of bytes that a Sample does not know. */
function unknownOf(bytes: Uint8Array): UnknownField {
  return { no: 9, wireType: 2, data: Buffer.concat([Buffer.of(0x80, 0x80, 0x04), bytes]) };
}
