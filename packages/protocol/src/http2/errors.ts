import { http2CodeName } from './constants.ts';

/** A connection that broke RFC 9113 or a limit of ours; the peer is told by GOAWAY with this code. */
export class Http2Error extends Error {
  override readonly name = 'Http2Error';
  /** Error code of RFC 9113 section 7. */
  readonly code: number;

  constructor(code: number, what: string, options?: ErrorOptions) {
    super(`${what} (${http2CodeName(code)})`, options);
    this.code = code;
  }
}
