import type { Http2Connection } from '../connection.ts';
import { Http2Code } from '../constants.ts';
import { Http2Error } from '../errors.ts';

/** Counts a control frame that the peer made us write: one that floods and does not read must not fill our memory. */
export function countControl(connection: Http2Connection, bytes: number): void {
  connection.controlBytes += bytes;
  if (connection.controlBytes > connection.options.maxControlBytes) {
    throw new Http2Error(Http2Code.enhanceYourCalm, `${connection.controlBytes} bytes of control frames that the peer does not read`);
  }
  connection.wake();
}
