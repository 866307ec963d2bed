// Our frames as a peer of the bench: our-frames.ts FOLDER
import {
  bool,
  type ColumnInput,
  decodeArrow,
  encodeArrow,
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

/** From arrays to a file. */
function pack({ name, refId, meta }: Frame, columns: readonly (readonly [string, () => ColumnInput])[]): Uint8Array {
  return encodeArrow(
    frame(
      name,
      columns.map(([columnName, build]) => field(columnName, build())),
      { refId, meta },
    ),
  );
}

/** Builds a column of plain arrays, as an author of a plugin would have them. */
function columnOf(source: Field): () => ColumnInput {
  const cells = source.toArray();
  const options = { labels: source.labels, config: source.config };
  switch (source.kind) {
    case 'time': {
      const nanos = cells as bigint[];
      if (nanos.some((cell) => cell % 1_000_000n !== 0n)) return () => time.fromNanos(nanos, options);
      const millis = source.toMillis();
      return () => time.fromMillis(millis, options);
    }
    case 'int64': {
      const numbers = cells.map(Number);
      return numbers.every(Number.isSafeInteger) ? () => int64(numbers, options) : () => int64(cells as bigint[], options);
    }
    case 'uint64':
      return () => uint64(cells as bigint[], options);
    case 'float64':
      return () => float64(cells as number[], options);
    case 'float32':
      return () => float32(cells as number[], options);
    case 'enum':
      return () => enumeration(cells as number[], options);
    case 'string':
      return () => utf8(cells as string[], options);
    case 'bool':
      return () => bool(cells as boolean[], options);
    case 'json':
      return () => json(cells, { ...options, raw: true });
    default:
      throw new Error(`the corpus has no ${source.kind}`);
  }
}

await serveFrames(folderArgument(), (file, op) => {
  switch (op) {
    case 'json':
      return () => toJson(file);
    case 'values':
      return () => decodeArrow(file).fields.reduce((sum, { toArray }, i, fields) => sum + toArray.call(fields[i]).length, 0);
    case 'pack': {
      const original = decodeArrow(file);
      const columns = original.fields.map((source) => [source.name, columnOf(source)] as const);
      return () => pack(original, columns).length;
    }
    default:
      throw new Error(`no op ${op} here`);
  }
});
