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

const FORM = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
const MAY_BE_RECORDED = '01';

/**
 * The `traceparent` that a call carries: the given one, whose span is what the plugin's work belongs under, or that of a
 * new trace when there is none or it is malformed.
 */
export function traceparentOf(given: string | undefined): string {
  return given !== undefined && FORM.test(given) ? given : `00-${randomHex(16)}-${randomHex(8)}-${MAY_BE_RECORDED}`;
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
