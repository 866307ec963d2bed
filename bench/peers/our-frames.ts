// Our frames as a peer of the bench: our-frames.ts FOLDER
import { setFlagsFromString } from 'node:v8';
import {
  bool,
  type ColumnInput,
  decodeArrow,
  encodeArrow,
  encodeArrowParts,
  encodeQueryResponse,
  enumeration,
  type Field,
  type Frame,
  field,
  float32,
  float64,
  frame,
  int64,
  json,
  time,
  uint64,
  utf8,
} from '@backplane/frames';
import { folderArgument, serveFrames } from './frame-work.ts';

let answer = new Uint8Array(1 << 20);

/** The whole answer in memory, as the genuine host has it. */
function toJson(file: Uint8Array): number {
  let length = 0;
  for (const block of encodeQueryResponse([['A', { status: 200, frames: [decodeArrow(file)] }]])) {
    if (length + block.length > answer.length) {
      const grown = new Uint8Array(Math.max(answer.length * 2, length + block.length));
      grown.set(answer.subarray(0, length));
      answer = grown;
    }
    answer.set(block, length);
    length += block.length;
  }
  return length;
}

/** From arrays to a frame. */
function build({ name, refId, meta }: Frame, columns: readonly (readonly [string, () => ColumnInput])[]): Frame {
  return frame(
    name,
    columns.map(([columnName, make]) => field(columnName, make())),
    { refId, meta },
  );
}

/** Builds a column of plain arrays, as an author of a plugin would have them. */
function columnOf(source: Field): () => ColumnInput {
  const options = { labels: source.labels, config: source.config };
  switch (source.kind) {
    case 'time': {
      const isWhole = source.toArray().every((cell) => (cell as bigint) % 1_000_000n === 0n);
      return isWhole
        ? buildLater(time.fromMillis, toDoubles(source.toMillis()), options)
        : buildLater(time.fromNanos, source.toArray(), options);
    }
    case 'int64': {
      const isSafe = source.toArray().every((cell) => Number.isSafeInteger(Number(cell)));
      return buildLater(int64, isSafe ? source.toArray().map(Number) : source.toArray(), options);
    }
    case 'uint64':
      return buildLater(uint64, source.toArray(), options);
    case 'float64':
      return buildLater(float64, toDoubles(source.toArray()), options);
    case 'float32':
      return buildLater(float32, toDoubles(source.toArray()), options);
    case 'enum':
      return buildLater(enumeration, source.toArray(), options);
    case 'string':
      return buildLater(utf8, toTexts(source.toArray()), options);
    case 'bool':
      return buildLater(bool, source.toArray(), options);
    case 'json':
      return buildLater(json, toTexts(source.toArray()), { ...options, raw: true });
    default:
      throw new Error(`the corpus has no ${source.kind}`);
  }
}

/** Apart from `columnOf`, so that nothing but the cells themselves stays in memory and is marked by each collection. */
function buildLater<Options>(
  build: (cells: never, options: Options) => ColumnInput,
  cells: unknown[],
  options: Options,
): () => ColumnInput {
  return () => build(cells as never, options);
}

/** Texts that V8 keeps flat, as they come from a network or a database, not as parts of the text of a column. */
const toTexts = (cells: readonly unknown[]): unknown[] => JSON.parse(JSON.stringify(cells));

/** An array that V8 keeps as plain doubles, as `push` or a literal would make it. */
const toDoubles = (cells: readonly unknown[]): number[] => Array.from(Float64Array.from(cells as number[]));

/** `pack` is what a plugin does, so V8 counts buffers as it does in one: see `countBuffersAsHeap` of the SDK. */
function setHeap(op: string): void {
  setFlagsFromString(`--${op === 'pack' ? '' : 'no-'}external-memory-accounted-in-global-limit`);
}

await serveFrames(folderArgument(), (file, op) => {
  setHeap(op);
  switch (op) {
    case 'json':
      return () => toJson(file);
    case 'values':
      return () => decodeArrow(file).fields.reduce((sum, { toArray }, i, fields) => sum + toArray.call(fields[i]).length, 0);
    case 'pack':
    case 'pack file': {
      const original = decodeArrow(file);
      const columns = original.fields.map((source) => [source.name, columnOf(source)] as const);
      if (op === 'pack file') return () => encodeArrow(build(original, columns)).length;
      return () => encodeArrowParts(build(original, columns)).reduce((sum, part) => sum + part.length, 0);
    }
    default:
      throw new Error(`no op ${op} here`);
  }
});
