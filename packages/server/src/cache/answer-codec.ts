import { decodeArrow, encodeArrow } from '@backplane/frames';
import type { KeptResource, QueryDataResponse } from '@backplane/host';

// | bytes | what                                  |
// |-------|---------------------------------------|
// | 4     | length of the head, little endian     |
// | n     | the head, JSON                        |
// | rest  | frames as Arrow one by one, or a body |

interface QueryHead {
  readonly refId: string;
  readonly status: number;
  /** Lengths of its frames. */
  readonly frames: readonly number[];
}

/** An answer to queries as bytes that stand for themselves. */
export function encodeQueryAnswer({ responses }: QueryDataResponse): Uint8Array {
  const parts: Uint8Array[] = [];
  const head = [...responses].map(([refId, { status, frames }]): QueryHead => {
    const encoded = frames.map((frame) => encodeArrow(frame));
    parts.push(...encoded);
    return { refId, status, frames: encoded.map(({ length }) => length) };
  });
  return join(head, parts);
}

/** Columns of the frames are views on the bytes. */
export function decodeQueryAnswer(bytes: Uint8Array): QueryDataResponse {
  const { head, rest } = split<readonly QueryHead[]>(bytes);
  let at = 0;
  const responses = head.map(({ refId, status, frames }) => {
    const decoded = frames.map((length) => {
      // Arrow wants its parts on boundaries of eight bytes.
      const frame = decodeArrow(new Uint8Array(rest.subarray(at, at + length)));
      at += length;
      return frame;
    });
    return [refId, { status, frames: decoded }] as const;
  });
  return { responses: new Map(responses) };
}

export function encodeResource({ body, ...head }: KeptResource): Uint8Array {
  return join(head, [body]);
}

export function decodeResource(bytes: Uint8Array): KeptResource {
  const { head, rest } = split<Omit<KeptResource, 'body'>>(bytes);
  return { ...head, body: rest };
}

function join(head: unknown, parts: readonly Uint8Array[]): Uint8Array {
  const text = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  return Buffer.concat([length, text, ...parts]);
}

function split<Head>(bytes: Uint8Array): { readonly head: Head; readonly rest: Uint8Array } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = 4 + buffer.readUInt32LE(0);
  return { head: JSON.parse(buffer.toString('utf8', 4, end)) as Head, rest: bytes.subarray(end) };
}
