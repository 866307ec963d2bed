import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  assertIntact,
  decodeArrow,
  decodeArrowStream,
  decodeFrameJson,
  encodeArrow,
  encodeArrowStream,
  FIELD_KINDS,
  type Frame,
  FrameError,
  frameToJson,
} from '@backplane/frames';
import * as flechette from '@uwdata/flechette';
import * as arrow from 'apache-arrow';
import { differencesOf } from './recordings/compare.ts';
import { type ExactJson, isObject, parseExact } from './recordings/exact-json.ts';
import { type GoldenFrame, readForeign, readGolden } from './support/golden.ts';

const corpus = readGolden();

test('the corpus has every kind, nullable and not, with 0, 1, 7 and 1000 rows', () => {
  for (const rows of [0, 1, 7, 1000]) {
    const { fields } = corpus.find(({ name }) => name === `kinds-${rows}`) as GoldenFrame;
    const seen = fields.filter(({ cells }) => cells.length === rows).map(({ kind, nullable }) => `${kind}${nullable ? '?' : ''}`);
    assert.deepEqual(seen.sort(), FIELD_KINDS.flatMap((kind) => [kind, `${kind}?`]).sort());
  }
});

/** apache-arrow mixes up columns of one name when it writes: their metadata, or their buffers. */
const NAMED_TWICE: readonly string[] = ['names'];

for (const golden of corpus) {
  test(`${golden.name}: the values that we read are those that Go reads`, () => {
    for (const frame of [decodeArrow(golden.file), decodeArrowStream(golden.stream)]) {
      assertIntact(frame);
      assert.deepEqual(
        frame.fields.map((field) => ({ name: field.name, kind: field.kind, nullable: field.nullable, cells: field.toArray() })),
        golden.fields,
      );
    }
  });

  test(`${golden.name}: our frame JSON is Go's, key for key and value for value`, () => {
    assertSameJson(frameToJson(decodeArrow(golden.file)), golden.json);
    assertSameJson(frameToJson(decodeArrowStream(golden.stream)), golden.json);
  });

  test(`${golden.name}: Go's frame JSON is read as the same frame, with all that JSON can hold`, () => {
    assertSameJson(frameToJson(decodeFrameJson(golden.json)), golden.json);
  });

  test(`${golden.name}: our Arrow has the same frame`, () => {
    const frame = decodeArrow(golden.file);
    assertSameFrame(decodeArrow(encodeArrow(frame)), frame);
    assertSameFrame(decodeArrowStream(encodeArrowStream(frame)), frame);
  });

  test(`${golden.name}: apache-arrow and flechette read our Arrow, and we what they write of it`, () => {
    const frame = decodeArrow(golden.file);
    for (const bytes of [encodeArrow(frame), encodeArrowStream(frame)])
      for (const { library, table, write } of readers(bytes)) {
        assertSameCells(table, frame);
        if (library === 'apache-arrow' && NAMED_TWICE.includes(golden.name)) continue;
        assertSameFrame(decodeArrow(write('file')), frame);
        assertSameFrame(decodeArrowStream(write('stream')), frame);
      }
  });
}

/** Where we choose to differ from what the SDK makes of foreign files. */
const DIFFERENCES: Readonly<Record<string, { readonly why: string; readonly code?: string }>> = {
  'timestamp-ms': { why: 'Go takes milliseconds for nanoseconds; we convert' },
  lz4: {
    why: 'compressed buffers are not read: no plugin writes them, and a browser would have to carry the code',
    code: 'arrow_unsupported',
  },
  zstd: { why: 'as lz4', code: 'arrow_unsupported' },
};

for (const { name, file, stream, verdict } of readForeign()) {
  const difference = DIFFERENCES[name];
  test(`foreign ${name}: ${difference ? difference.why : verdict.error ? 'refused, as Go refuses it' : 'read as Go reads it'}`, () => {
    for (const read of [() => decodeArrow(file), () => decodeArrowStream(stream)]) {
      const code = difference ? difference.code : verdict.error && 'arrow_unsupported';
      if (code) {
        assert.throws(read, (error) => error instanceof FrameError && error.code === code);
        assert.ok(difference === undefined || verdict.frame !== undefined, 'Go refuses it, too: no difference any more');
        continue;
      }
      const ours = JSON.parse(frameToJson(read()));
      if (difference) assert.notDeepEqual(ours, verdict.frame);
      else assert.deepEqual(ours, verdict.frame);
    }
  });
}

function assertSameFrame(actual: Frame, expected: Frame): void {
  assert.deepEqual(describe(actual), describe(expected));
}

function describe({ name, refId, meta, fields }: Frame) {
  return {
    ...{ name, refId, meta },
    fields: fields.map((field) => ({ ...field, kind: field.kind, nullable: field.nullable, column: undefined, cells: field.toArray() })),
  };
}

function assertSameJson(actual: string, expected: string): void {
  const [a, e] = [parseExact(actual), parseExact(expected)];
  assert.deepEqual(differencesOf(e, a), []);
  assert.deepEqual(keysOf(a), keysOf(e));
}

/** All keys of all objects, in the order in which they stand. */
function keysOf(value: ExactJson | undefined): unknown[] {
  if (Array.isArray(value)) return value.map(keysOf).filter((keys) => keys.length > 0);
  return isObject(value) ? Object.entries(value).flatMap(([key, item]) => [key, keysOf(item)]) : [];
}

interface ForeignTable {
  readonly numRows: number;
  getChildAt(index: number): Iterable<unknown> | null | undefined;
}

interface Reader {
  readonly library: 'apache-arrow' | 'flechette';
  readonly table: ForeignTable;
  readonly write: (format: 'file' | 'stream') => Uint8Array;
}

function readers(bytes: Uint8Array): Reader[] {
  const apache = arrow.tableFromIPC(bytes);
  const uw = flechette.tableFromIPC(bytes, { useBigInt: true });
  return [
    { library: 'apache-arrow', table: apache, write: (format) => arrow.tableToIPC(apache, format) },
    { library: 'flechette', table: uw, write: (format) => flechette.tableToIPC(uw, { format }) as Uint8Array },
  ];
}

/**
 * Both libraries round times to milliseconds, swallow a byte order mark, write one U+FFFD for several bytes, and leave raw
 * JSON as bytes; the rest is theirs as it is ours.
 */
function assertSameCells(table: ForeignTable, frame: Frame): void {
  assert.equal(table.numRows, frame.length);
  for (const [index, field] of frame.fields.entries()) {
    if (field.kind === 'time') continue;
    const theirs = Array.from(table.getChildAt(index) ?? [], (cell) =>
      cell instanceof Uint8Array ? new TextDecoder().decode(cell) || null : cell,
    );
    const ours = field.toArray().map((cell) => (typeof cell === 'string' ? cell.replace(/^\ufeff/, '') : cell));
    assert.deepEqual(theirs.map(blurDamage), ours.map(blurDamage), field.name);
  }
}

function blurDamage(cell: unknown): unknown {
  return typeof cell === 'string' ? cell.replace(/\ufffd+/g, '\ufffd') : cell;
}
