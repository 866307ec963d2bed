import { request } from 'node:http';
import { gunzipSync } from 'node:zlib';

/** A request, sent as it stands. */
export interface RawRequest {
  /** `http://host:port` */
  readonly base: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Uint8Array | undefined;
}

/** A whole response; `broken` when the connection ended in the middle of the body. */
export interface RawResponse {
  readonly status: number;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly broken: boolean;
}

const ANSWER_TIMEOUT_MS = 60_000;

/** Sends one request byte for byte (no path clean-up, no redirects, no default headers) and reads the whole response. */
export function send({ base, method, path, headers, body }: RawRequest): Promise<RawResponse> {
  const url = new URL(base);
  const hasLength = (body?.length ?? 0) > 0 || /^(POST|PUT|PATCH)$/.test(method);
  const allHeaders = {
    host: url.host,
    ...(headers as Record<string, string | string[]>),
    ...(hasLength ? { 'content-length': String(body?.length ?? 0) } : {}),
    connection: 'close',
  };
  return new Promise((resolve, reject) => {
    const sent = request({ host: url.hostname, port: url.port, method, path, agent: false, headers: allHeaders }, (response) => {
      const parts: Buffer[] = [];
      const end = (broken: boolean) => {
        const whole = Buffer.concat(parts);
        const zipped = !broken && response.headers['content-encoding'] === 'gzip' && whole.length > 0;
        const { statusCode = 0, rawHeaders } = response;
        resolve({ status: statusCode, rawHeaders, body: zipped ? gunzipSync(whole) : whole, broken });
      };
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => end(false));
      response.on('error', () => end(true));
    });
    sent.setTimeout(ANSWER_TIMEOUT_MS, () => sent.destroy(new Error(`no answer in ${ANSWER_TIMEOUT_MS} ms`)));
    sent.on('error', reject);
    sent.end(body);
  });
}
