import {
  BLOCK_BYTES,
  filled,
  outBytes,
  SPECIAL,
  specials,
  writeCells,
  writeEntities,
  writeNanos,
  writeShortCells,
  writeShortNanos,
} from '../kernels/index.ts';
import type { Frame } from '../model/index.ts';
import { encodeOpening, type FrameInclude } from './encode-schema.ts';
import { writeBytes, writeFittingBytes, writeShortText, writeText } from './encode-text.ts';

const COMMA = 44;
const OPENING_BRACKET = 91;
const CLOSING_BRACKET = 93;

/** How to write frame JSON. */
export interface FrameJsonOptions {
  readonly include?: FrameInclude | undefined;
  /** Written as `refId` when the frame has none. */
  readonly defaultRefId?: string | undefined;
}

/**
 * Writes a frame as Grafana's frame JSON, block by block.
 *
 * Every block is a view on memory that all encoders share: consume or copy it before asking for the next one. A
 * block has at most 256 KiB, and between two lie at most 8192 rows, so an asynchronous reader keeps the event loop
 * free. Any number of generators may take turns.
 *
 * @throws FrameError `arrow_invalid` when a decoded text column has damaged offsets, possibly after some blocks
 */
export function* encodeFrameJson(frame: Frame, options?: FrameJsonOptions): Generator<Uint8Array, void> {
  const p = yield* writeFrame(frame, options, 0);
  if (p > 0) yield filled(p);
}

/** Frame JSON as one string. For big frames, `encodeFrameJson` needs far less memory. */
export function frameToJson(frame: Frame, options?: FrameJsonOptions): string {
  return joinBlocks(encodeFrameJson(frame, options));
}

/** Blocks of UTF-8 as one string. */
export function joinBlocks(blocks: Iterable<Uint8Array>): string {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let text = '';
  for (const block of blocks) text += decoder.decode(block, { stream: true });
  return text + decoder.decode();
}

/** Writes a frame from position p of the shared block; returns the position behind it. */
export function* writeFrame(
  frame: Frame,
  { include = 'all', defaultRefId }: FrameJsonOptions = {},
  start: number,
): Generator<Uint8Array, number> {
  const { fields } = frame;
  const opening = encodeOpening(frame, include, defaultRefId);
  let p = writeFittingBytes(opening, start);
  if (p < 0) p = yield* writeBytes(opening, start);
  if (include === 'schema') return p;
  const found: number[] = [];
  let anyFound = 0;
  for (let i = 0; i < fields.length; i++) {
    if (p + PUNCTUATION_BYTES > BLOCK_BYTES) {
      yield filled(p);
      p = 0;
    }
    if (i > 0) outBytes[p++] = COMMA;
    outBytes[p++] = OPENING_BRACKET;
    const { column } = fields[i];
    const end = writeShortCells(column, p);
    p = end >= 0 ? end : yield* writeCells(column, p);
    found.push(specials.found);
    anyFound |= specials.found;
    p = closeList(p, column.length);
  }
  outBytes[p++] = CLOSING_BRACKET;
  if ((anyFound & ~SPECIAL.nanos) !== 0) p = yield* writeEntityLists(fields, found, p);
  if ((anyFound & SPECIAL.nanos) !== 0) p = yield* writeNanoLists(fields, found, p);
  const end = writeShortText('}}', p);
  return end >= 0 ? end : yield* writeText('}}', p);
}

/** Brackets, commas and braces between two columns, for which room is made at once. */
const PUNCTUATION_BYTES = 8;

/** Ends a list: cells bring a comma each, so the last one makes way. No block is flushed behind the last cell. */
function closeList(p: number, length: number): number {
  const at = length === 0 ? p : p - 1;
  outBytes[at] = CLOSING_BRACKET;
  return at + 1;
}

const ENTITY_KEYS = [
  ['NaN', SPECIAL.nan],
  ['Inf', SPECIAL.positiveInfinity],
  ['NegInf', SPECIAL.negativeInfinity],
] as const;

function* writeEntityLists(fields: Frame['fields'], found: readonly number[], start: number): Generator<Uint8Array, number> {
  let p = yield* writeText(',"entities":[', start);
  for (let i = 0; i < fields.length; i++) {
    const keys = ENTITY_KEYS.filter(([, special]) => (found[i] & special) !== 0);
    if (i > 0) p = yield* writeText(',', p);
    if (keys.length === 0) p = yield* writeText('null', p);
    for (const [key, special] of keys) {
      p = yield* writeText(`${key === keys[0][0] ? '{' : ','}"${key}":[`, p);
      p = yield* writeEntities(fields[i].column, special, p);
      p = yield* writeText(key === keys[keys.length - 1][0] ? ']}' : ']', p);
    }
  }
  return yield* writeText(']', p);
}

function* writeNanoLists(fields: Frame['fields'], found: readonly number[], start: number): Generator<Uint8Array, number> {
  let p = yield* writeText(',"nanos":[', start);
  for (let i = 0; i < fields.length; i++) {
    if (i > 0) p = yield* writeText(',', p);
    if ((found[i] & SPECIAL.nanos) === 0) p = yield* writeText('null', p);
    else {
      p = yield* writeText('[', p);
      const end = writeShortNanos(fields[i].column, p);
      p = closeList(end >= 0 ? end : yield* writeNanos(fields[i].column, p), fields[i].length);
    }
  }
  return yield* writeText(']', p);
}
