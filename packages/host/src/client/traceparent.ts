import { randomFillSync } from 'node:crypto';

/*
 * traceparent: VERSION "-" TRACE "-" PARENT "-" FLAGS, all lower-case hexadecimal (W3C Trace Context §3.2)
 *
 * | field | characters | value |
 * |---|---|---|
 * | version | 2 | 00 |
 * | trace | 32 | the same for all that one request causes; not all zeros |
 * | parent | 16 | the call at hand; not all zeros |
 * | flags | 2 | bit 0: may be recorded |
 */

const FORM = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})$/;
const MAY_BE_RECORDED = '01';

/**
 * Names a call within a trace.
 *
 * @param parent the `traceparent` of what caused the call; without one, or with one that is malformed, a new trace begins
 */
export function childTraceparent(parent: string | undefined): string {
  const [, trace = randomHex(16), flags = MAY_BE_RECORDED] = FORM.exec(parent ?? '') ?? [];
  return `00-${trace}-${randomHex(8)}-${flags}`;
}

/** Random bytes are drawn in bulk: a system call for each id would cost more than all the rest of a header. */
const pool = Buffer.allocUnsafeSlow(4096);
let taken = pool.length;

function randomHex(bytes: number): string {
  if (taken + bytes > pool.length) {
    randomFillSync(pool);
    taken = 0;
  }
  taken += bytes;
  return pool.toString('hex', taken - bytes, taken);
}
