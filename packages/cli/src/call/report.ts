import { frameToJson } from '@backplane/frames';
import type { DataResponse, HealthResult, QueryDataResponse, SubscribeResult } from '@backplane/host';
import { isHostError } from '@backplane/host';

// The documents that `--json` prints. Their shapes are a contract that other programs rely on.

/** `{status, message, jsonDetails}`. */
export function healthDocument({ status, message, jsonDetails }: HealthResult): string {
  return object({ status: JSON.stringify(status), message: JSON.stringify(message), jsonDetails: embedJson(jsonDetails) });
}

/** `{responses: {refId: {status, error?, errorSource?, frames}}}`. */
export function queryDocument({ responses }: QueryDataResponse): string {
  return object({ responses: object(Object.fromEntries([...responses].map(([refId, response]) => [refId, dataResponse(response)]))) });
}

/** `{code, headers, messages, body}`; a body that is no text is given in base64 and says so in `bodyEncoding`. */
export function resourceDocument(answer: {
  readonly status: number;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly parts: readonly Uint8Array[];
}): string {
  const body = Buffer.concat(answer.parts);
  const text = decodeText(body);
  return JSON.stringify({
    code: answer.status,
    headers: answer.headers,
    messages: answer.parts.length,
    body: text ?? body.toString('base64'),
    ...(text === undefined ? { bodyEncoding: 'base64' } : {}),
  });
}

/** `{status, data}`. */
export function subscribeDocument({ status, data }: SubscribeResult): string {
  return object({ status: JSON.stringify(status), data: embedJson(data) });
}

/** `{packets, end}`; `end` is `OK` when the plugin ended the stream and `CANCELLED` when this side did. */
export function streamDocument(packets: readonly Uint8Array[], end: string, failure?: unknown): string {
  const fields = { packets: `[${packets.map(embedJson).join(',')}]`, end: JSON.stringify(end) };
  return object(failure === undefined ? fields : { ...fields, ...failureFields(failure) });
}

/** `{error, grpcCode}`; the code is null when the call did not fail on the wire. */
export function failureDocument(error: unknown): string {
  return object(failureFields(error));
}

function failureFields(error: unknown): Record<string, string> {
  const facts: unknown = isHostError(error) ? error.facts : undefined;
  const grpcCode = typeof facts === 'object' && facts !== null && 'grpcCode' in facts ? facts.grpcCode : undefined;
  return { error: JSON.stringify(error instanceof Error ? error.message : String(error)), grpcCode: JSON.stringify(grpcCode ?? null) };
}

function dataResponse({ status, error, errorSource, frames }: DataResponse): string {
  return object({
    status: `${status}`,
    ...(error === undefined ? {} : { error: JSON.stringify(error) }),
    ...(errorSource === undefined ? {} : { errorSource: JSON.stringify(errorSource) }),
    frames: `[${frames.map((frame) => frameToJson(frame)).join(',')}]`,
  });
}

/** Values are JSON already: numbers keep the digits that the plugin wrote. */
function object(fields: Readonly<Record<string, string>>): string {
  return `{${Object.entries(fields)
    .map(([name, json]) => `${JSON.stringify(name)}:${json}`)
    .join(',')}}`;
}

/** Bytes that should be JSON as JSON: null when there are none, a text when they are something else. */
function embedJson(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'null';
  const text = decodeText(bytes) ?? Buffer.from(bytes).toString('base64');
  try {
    JSON.parse(text);
    // A line break between tokens is the same document, and keeps ours on one line.
    return text.replace(/[\r\n]/g, ' ');
  } catch {
    return JSON.stringify(text);
  }
}

/** Undefined when the bytes are no UTF-8. */
export function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
