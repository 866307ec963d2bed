import type { Readable } from 'node:stream';
import { drain } from './pace.ts';

/** What came first on a stream. A line without its end is no line. */
export type FirstLine =
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'closed' }
  | { readonly kind: 'too-long'; readonly maxBytes: number };

/** A first line that is being read. */
export interface FirstLineReading {
  /** Never rejects; a stream that fails counts as closed. */
  readonly result: Promise<FirstLine>;
  /** What has come of the line so far, for messages. */
  partial(): string;
}

/** Reads the first line of a stream, and from then on drains the stream and drops what comes. */
export function readFirstLine(stream: Readable, maxBytes: number): FirstLineReading {
  let chunks: Buffer[] = [];
  let length = 0;
  const text = () => Buffer.concat(chunks).toString('utf8');
  const result = new Promise<FirstLine>((resolve) => {
    const onData = (chunk: Buffer) => {
      const end = chunk.indexOf(0x0a);
      length += end === -1 ? chunk.length : end;
      if (length > maxBytes) return finish({ kind: 'too-long', maxBytes });
      chunks.push(end === -1 ? chunk : chunk.subarray(0, end));
      if (end !== -1) finish({ kind: 'line', text: text() });
    };
    const onClose = () => finish({ kind: 'closed' });
    const finish = (first: FirstLine) => {
      stream.off('data', onData).off('end', onClose).off('close', onClose);
      drain(stream);
      resolve(first);
      if (first.kind === 'line') chunks = [];
    };
    stream.on('data', onData).on('end', onClose).on('close', onClose);
    stream.on('error', () => {}); // followed by close
  });
  return { result, partial: () => text().slice(0, 200) };
}
