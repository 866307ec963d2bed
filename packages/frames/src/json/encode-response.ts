import { filled } from '../kernels/index.ts';
import { compareText, type Frame } from '../model/index.ts';
import { writeFrame } from './encode-frame.ts';
import { writeShortText, writeText } from './encode-text.ts';

/** What one query gave. */
export interface QueryResult {
  /** HTTP-like status; 200 by default, 500 beside an error. */
  readonly status?: number | undefined;
  readonly error?: string | undefined;
  /** Whose fault the error is: `plugin`, `downstream`, or empty when nobody said. */
  readonly errorSource?: string | undefined;
  /** Left out of the JSON when undefined. */
  readonly frames?: readonly Frame[] | undefined;
}

/**
 * Writes the answer of `POST /api/ds/query`, `{"results":{"A":{…}}}`: refIds sorted, the last of equal ones counts,
 * and frames without a refId get the one of their query. Blocks are shared memory, as with `encodeFrameJson`.
 *
 * @throws FrameError when a frame turns out to be damaged, possibly after some blocks
 */
export function* encodeQueryResponse(responses: Iterable<readonly [refId: string, result: QueryResult]>): Generator<Uint8Array, void> {
  const byRefId = new Map(responses);
  let p = 0;
  let before = '{"results":{';
  for (const refId of [...byRefId.keys()].sort(compareText)) {
    p = yield* writeResult(`${before}${JSON.stringify(refId)}:`, { refId, result: byRefId.get(refId) ?? {} }, p);
    before = ',';
  }
  if (byRefId.size === 0) p = yield* writeText(before, p);
  p = yield* writeText('}}', p);
  yield filled(p);
}

function* writeResult(
  before: string,
  { refId, result }: { readonly refId: string; readonly result: QueryResult },
  start: number,
): Generator<Uint8Array, number> {
  const { frames } = result;
  const head = resultHead(result);
  if (frames === undefined) return yield* writeText(`${before}{${head}}`, start);
  const opening = `${before}{${head}${head && ','}"frames":[`;
  const end = writeShortText(opening, start);
  let p = end >= 0 ? end : yield* writeText(opening, start);
  for (let i = 0; i < frames.length; i++) {
    if (i > 0) p = yield* writeText(',', p);
    p = yield* writeFrame(frames[i], { defaultRefId: refId }, p);
  }
  return yield* writeText(']}', p);
}

/** `error`, `errorSource` and `status`, as Grafana orders and defaults them. */
function resultHead({ status = 0, error, errorSource = '' }: QueryResult): string {
  const isValid = status >= 100 && status <= 599;
  if (error !== undefined)
    return `"error":${JSON.stringify(error)},"errorSource":${JSON.stringify(errorSource)},"status":${isValid ? status : 500}`;
  return isValid || status === 0 ? `"status":${status || 200}` : '';
}
