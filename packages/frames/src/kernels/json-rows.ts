import { BLOCK_BYTES, filled, NULL_WORD, outBytes, outView, validBits } from './block.ts';
import { copyText, cutBefore, ESCAPED_BYTES, textBytes, writeSanitized } from './escape.ts';
import { scanJson } from './json-scan.ts';
import { progress, type TextKernel, textOffsets } from './text-rows.ts';

// V8 folds constants of the module at hand into machine code, but not imported ones.
const OUT = outBytes;
const COMMA = 44;
const VIEW = outView;
const VALID = validBits;
const OFFSETS = textOffsets;
const TEXT = textBytes;
const LIMIT = BLOCK_BYTES;
/** More than a json cell needs, but the same as for strings, so that both share what makes room. */
const WORST = ESCAPED_BYTES;
const PIECE_BYTES = 65536;

/** Cells of json columns, written as they are; null for what is empty or no JSON. */
export const JSON_KERNEL: TextKernel = { writeRows: writeJsonRows, writeLong: writeLongJson };

function writeJsonRows(rows: number, hasNulls: boolean, base: number, loaded: number): number {
  let p = progress.p;
  let start = 0;
  let i = 0;
  for (; i < rows; i++) {
    const end = OFFSETS[i + 1] - base;
    const bytes = end - start;
    const isNull = hasNulls && !((VALID[i >> 3] >> (i & 7)) & 1);
    // Negative when the offsets fall, or the text is not loaded.
    if (bytes < 0 || (!isNull && (loaded < end || p + bytes * WORST + 5 > LIMIT)) || p + 5 > LIMIT) break;
    const found = isNull ? 0 : scanJson(TEXT, start, end);
    if (found === 1) p = copyText(p, start, end);
    else if (found === 2) p = writeSanitized(p, start, end);
    else {
      VIEW.setUint32(p, NULL_WORD, true);
      p += 4;
    }
    OUT[p++] = COMMA;
    start = end;
  }
  progress.p = p;
  return i;
}

/** Writes a long document in pieces; one that may not be UTF-8 is cut between characters and repaired. */
function* writeLongJson(values: Uint8Array, start: number, end: number, p: number): Generator<Uint8Array, number> {
  const found = scanJson(values, start, end);
  const document = found === 0 ? NULL : values.subarray(start, end);
  for (let s = 0; s < document.length; ) {
    const cut = s + PIECE_BYTES < document.length ? cutBefore(document, s + PIECE_BYTES) : document.length;
    const worst = (cut - s) * (found === 2 ? 3 : 1);
    if (p + worst + 1 > BLOCK_BYTES) {
      yield filled(p);
      p = 0;
    }
    const piece = document.subarray(s, cut);
    if (found === 2) {
      textBytes.set(piece);
      p = writeSanitized(p, 0, piece.length);
    } else {
      OUT.set(piece, p);
      p += piece.length;
    }
    s = cut;
  }
  OUT[p] = COMMA;
  return p + 1;
}

/** `null` */
const NULL = Uint8Array.of(110, 117, 108, 108);
