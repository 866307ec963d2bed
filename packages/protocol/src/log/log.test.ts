import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { formatLogLine, LogLineParser, parseLogLine, readLines } from './index.ts';

const time = '"@timestamp":"2026-01-02T03:04:05.123456Z"';

describe('reading a line', () => {
  test('an hclog line gives level, message, time and all other keys as fields', () => {
    assert.deepEqual(parseLogLine(`{"@level":"warn","@message":"slow",${time},"@module":"m","tookMs":12,"timestamp":"x"}`), {
      level: 'warn',
      message: 'slow',
      fields: { '@module': 'm', tookMs: 12 },
      timestamp: '2026-01-02T03:04:05.123456Z',
    });
  });

  test('levels are read in any case, a missing message is empty', () => {
    assert.equal(parseLogLine('{"@level":"ERROR","@message":"x"}').level, 'error');
    assert.deepEqual(parseLogLine('{"@level":" Info "}'), { level: 'info', message: '', fields: {}, timestamp: undefined });
  });

  const raw = [
    ['an unknown level', '{"@level":"warning","@message":"x"}'],
    ['the level all', '{"@level":"all","@message":"x"}'],
    ['a level that is a name of Object', '{"@level":"constructor","@message":"x"}'],
    ['the level off', '{"@level":"off","@message":"x"}'],
    ['no level', '{"@message":"x"}'],
    ['null', 'null'],
    ['an array', '["@level"]'],
    ['a string', '"x"'],
    ['plain text', 'hello'],
    ['nothing', ''],
    ['a time of three digits', '{"@level":"error","@message":"x","@timestamp":"2026-01-02T03:04:05.123Z"}'],
    ['a time of seven digits', '{"@level":"error","@message":"x","@timestamp":"2026-01-02T03:04:05.1234567Z"}'],
    ['a date that does not exist', '{"@level":"error","@message":"x","@timestamp":"2026-02-30T03:04:05.123456Z"}'],
    ['a message that is a number', '{"@level":"error","@message":42}'],
    ['a level that is a number', '{"@level":42,"@message":"x"}'],
    ['a time that is null', '{"@level":"error","@message":"x","@timestamp":null}'],
  ] as const;
  for (const [name, line] of raw) {
    test(`${name} is the whole line at debug`, () => {
      assert.deepEqual(parseLogLine(line), { level: 'debug', message: line, fields: {}, timestamp: undefined });
    });
  }

  test('times with a zone, a comma and a short hour are times', () => {
    for (const at of ['2026-01-02T03:04:05.123456+02:00', '2026-01-02T03:04:05,123456Z', '2024-02-29T3:04:05.123456-23:59']) {
      assert.equal(parseLogLine(`{"@level":"info","@message":"x","@timestamp":"${at}"}`).timestamp, at);
    }
  });

  test('a level prefix sets the level and stays in the message', () => {
    for (const level of ['trace', 'debug', 'info', 'warn', 'error'] as const) {
      const line = `[${level.toUpperCase()}]text`;
      assert.deepEqual(parseLogLine(line), { level, message: line, fields: {}, timestamp: undefined });
    }
    assert.equal(parseLogLine('[info] text').level, 'debug');
    assert.equal(parseLogLine(' [INFO] text').level, 'debug');
  });

  test('after a panic plain lines are errors, while JSON lines and prefixes keep their level', () => {
    for (const start of ['panic: runtime error', 'fatal error: all goroutines are asleep']) {
      const parser = new LogLineParser();
      assert.equal(parser.parse('before').level, 'debug');
      assert.equal(parser.parse(start).level, 'error');
      assert.equal(parser.parse('goroutine 1 [running]:').level, 'error');
      assert.equal(parser.parse('[DEBUG] x').level, 'debug');
      assert.equal(parser.parse('{"@level":"info","@message":"x"}').level, 'info');
      assert.equal(parser.parse('{"@level":"warning"}').level, 'debug');
      assert.equal(parser.parse('main.main()').level, 'error');
    }
  });

  test('a field named __proto__ stays a field', () => {
    const { fields } = parseLogLine('{"@level":"info","@message":"x","__proto__":{"a":1}}');
    assert.deepEqual(Object.keys(fields), ['__proto__']);
    assert.equal(Object.getPrototypeOf(fields), Object.prototype);
  });

  test('the pieces of an overlong line are debug lines as they are, and the next line is read again', async () => {
    const line = `[ERROR]${'x'.repeat(30)}[ERROR]`;
    const parser = new LogLineParser({ maxLineBytes: 16 });
    const entries = [];
    for await (const piece of readLines(chunks(`${line}\n[ERROR] y\n`), 16)) entries.push(parser.parse(piece));
    assert.deepEqual(
      entries.map(({ level, message }) => [level, message]),
      [
        ['debug', line.slice(0, 16)],
        ['debug', line.slice(16, 32)],
        ['debug', line.slice(32)],
        ['error', '[ERROR] y'],
      ],
    );
  });
});

test('a corpus of lines is read as go-plugin 1.8.0 reads it', () => {
  // Recorded from a genuine host: what it logged for each line of one process, @module and @caller left out.
  const corpus: readonly Recorded[] = JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures/go-host-corpus.json'), 'utf8'));
  assert.ok(corpus.length > 80);
  const parser = new LogLineParser();
  for (const { line, level, message = line, fields = {} } of corpus) {
    const entry = parser.parse(line);
    const { '@module': _module, '@caller': _caller, ...mine } = entry.fields;
    assert.deepEqual([entry.level, entry.message, mine], [level, message, { ...fields }], line);
  }
});

interface Recorded {
  readonly line: string;
  readonly level: string;
  readonly message?: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

describe('reading lines', () => {
  test('LF and CRLF end a line, and so does the end of the input', async () => {
    assert.deepEqual(await lines('a\nb\r\n\nc\rd\n\r\ne'), ['a', 'b', '', 'c\rd', '', 'e']);
    assert.deepEqual(await lines(''), []);
  });

  test('the same lines come out wherever the input is split', async () => {
    const text = 'first é line\r\nsecond 🦆\n\n{"@level":"info"}\nlast';
    const whole = await lines(text);
    for (let size = 1; size < 12; size++) assert.deepEqual(await lines(text, 1000, size), whole, `pieces of ${size} bytes`);
  });

  test('a long line is cut into pieces and later lines are whole, wherever the input is split', async () => {
    const text = `${'a'.repeat(25)}\nshort\n${'b'.repeat(10)}\n`;
    for (let size = 1; size < 40; size++) {
      assert.deepEqual(
        await lines(text, 10, size),
        ['aaaaaaaaaa', 'aaaaaaaaaa', 'aaaaa', 'short', 'bbbbbbbbbb', ''],
        `pieces of ${size} bytes`,
      );
    }
  });

  test('bytes that are not UTF-8 become replacement characters', async () => {
    assert.deepEqual(await Array.fromAsync(readLines(one(Uint8Array.of(0x61, 0xff, 0x0a)), 100)), ['a\ufffd']);
  });
});

describe('writing a line', () => {
  const now = Date.UTC(2026, 0, 2, 3, 4, 5, 6) + 0.789;

  test('it is an hclog line with six fraction digits and one LF', () => {
    assert.equal(
      formatLogLine({ level: 'info', message: 'hello', fields: { a: 1, b: 'x' } }, now),
      '{"@level":"info","@message":"hello","@timestamp":"2026-01-02T03:04:05.006789Z","a":1,"b":"x"}\n',
    );
  });

  test('it is read back as it was', () => {
    const entry = { level: 'error', message: 'line\nbreak é', fields: { 'a key': [1, { b: null }] } } as const;
    const { timestamp: _, ...read } = parseLogLine(formatLogLine(entry, now).trimEnd());
    assert.deepEqual(read, entry);
  });

  test('reserved keys among the fields lose their @', () => {
    const line = formatLogLine({ level: 'info', message: 'm', fields: { '@message': 42, '@level': {}, '@timestamp': null } }, now);
    const read = JSON.parse(line);
    assert.deepEqual([read['@message'], read['@level'], typeof read['@timestamp']], ['m', 'info', 'string']);
    assert.deepEqual([read.message, read.level, read.timestamp], [42, {}, null]);
  });

  test('values that JSON cannot hold become text', () => {
    const circular: Record<string, unknown> = { name: 'c' };
    circular.self = circular;
    const fields = {
      circular,
      big: 12n,
      error: new Error('outer', { cause: new Error('inner') }),
      missing: undefined,
      nan: Number.NaN,
      bytes: new Uint8Array(3),
      map: new Map([['k', 1]]),
      set: new Set(['s']),
      date: new Date(0),
      badDate: new Date(Number.NaN),
      throwing: {
        get value(): string {
          throw new Error('no');
        },
        ok: true,
      },
      badJson: {
        toJSON() {
          throw new Error('never');
        },
      },
    };
    const read = JSON.parse(formatLogLine({ level: 'info', message: 'm', fields }, now));
    assert.deepEqual(read.circular, { name: 'c', self: '[circular]' });
    assert.equal(read.big, '12');
    assert.equal(read.error, 'outer: inner');
    assert.ok(!('missing' in read));
    assert.equal(read.nan, 'NaN');
    assert.equal(read.bytes, '[3 bytes]');
    assert.deepEqual(read.map, { k: 1 });
    assert.deepEqual(read.set, ['s']);
    assert.equal(read.date, '1970-01-01T00:00:00.000Z');
    assert.equal(read.badDate, null);
    assert.deepEqual(read.throwing, { value: '[unreadable: no]', ok: true });
    assert.equal(read.badJson, '[unreadable: never]');
  });

  test('fields that are no object are one field', () => {
    const error = new Error('boom') as unknown as Record<string, unknown>;
    assert.equal(JSON.parse(formatLogLine({ level: 'info', message: 'm', fields: error }, now)).value, 'boom');
  });

  test('a line never reaches 64 KiB and keeps level and message', () => {
    const huge = 'é'.repeat(200_000);
    const cases = [
      { message: huge, fields: {} },
      { message: 'm', fields: { a: huge, b: huge } },
      { message: 'm', fields: Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`key ${index}`, huge])) },
      { message: '\u0001'.repeat(70_000), fields: { [huge]: 1 } },
      { message: 'm', fields: { list: Array.from({ length: 150 }, () => Array(150).fill(huge)) } },
    ];
    for (const { message, fields } of cases) {
      const line = formatLogLine({ level: 'error', message, fields }, now);
      assert.ok(Buffer.byteLength(line) < 65_536, `${Buffer.byteLength(line)} bytes`);
      const read = parseLogLine(line.trimEnd());
      assert.equal(read.level, 'error');
      assert.equal(read.message.slice(0, 100), message.slice(0, 100));
    }
  });

  test('whatever it is given, it writes one line whose reserved keys are strings', () => {
    const odd = fc.oneof(
      fc.double(),
      fc.bigInt(),
      fc.date(),
      fc.uint8Array(),
      fc.constant(undefined),
      fc.constant(Symbol('s')),
      fc.func(fc.nat()),
    );
    const anything = fc.oneof(
      odd,
      fc.object({ maxDepth: 2 }),
      fc.array(odd),
      fc.array(odd).map((items) => new Set(items)),
    );
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.dictionary(fc.string(), anything, { maxKeys: 4 }),
        fc.double(),
        (message, fields, at) => {
          const line = formatLogLine({ level: 'warn', message, fields }, at);
          assert.equal(line.indexOf('\n'), line.length - 1);
          const entry = parseLogLine(line.slice(0, -1));
          assert.equal(entry.level, 'warn');
          assert.equal(entry.message, message);
          assert.match(entry.timestamp ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
        },
      ),
    );
  });
});

async function lines(text: string, maxLineBytes = 1000, pieceBytes = 1_000_000): Promise<string[]> {
  return Array.fromAsync(readLines(chunks(text, pieceBytes), maxLineBytes));
}

async function* chunks(text: string, pieceBytes = 1_000_000): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
