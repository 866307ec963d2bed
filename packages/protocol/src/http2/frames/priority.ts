import { Http2Code } from '../constants.ts';
import { Http2Error } from '../errors.ts';

/** PRIORITY, RFC 9113 section 6.3: checked and ignored. */
export function receivePriority(streamId: number, bytes: Buffer, start: number, end: number): void {
  if (end - start !== 5) throw new Http2Error(Http2Code.frameSizeError, `PRIORITY of ${end - start} bytes`);
  if (streamId === 0) throw new Http2Error(Http2Code.protocolError, 'PRIORITY on stream 0');
  assertNoSelfDependency(streamId, bytes, start);
}

/** The five octets of a priority, here and in HEADERS: a stream must not depend on itself. */
export function assertNoSelfDependency(streamId: number, bytes: Buffer, start: number): void {
  if ((bytes.readUInt32BE(start) & 0x7fffffff) === streamId) throw new Http2Error(Http2Code.protocolError, 'stream depends on itself');
}
