import { MessageParts } from '../http2/index.ts';
import type { Codec } from './types.ts';

/** The bytes of a whole reply, big ones where they are. A reply that is disposable is disposed once they have gone. */
export function encodeReply(codec: Codec<unknown>, reply: unknown): Uint8Array | MessageParts {
  const parts = encodeOrDispose(reply, () => codec.encodeParts?.(reply) ?? [codec.encode(reply)]);
  if (isDisposable(reply)) return new MessageParts(parts, () => disposeReply(reply));
  return parts.length === 1 ? parts[0] : new MessageParts(parts);
}

/** The same for one message of many, which is copied. */
export function encodeStreamReply(codec: Codec<unknown>, reply: unknown): Uint8Array | MessageParts {
  if (!isDisposable(reply)) return codec.encode(reply);
  const bytes = encodeOrDispose(reply, () => codec.encode(reply));
  return new MessageParts([bytes], () => disposeReply(reply));
}

/** Disposes a reply that is not sent, if it is disposable. Called inside the connection, where nothing may throw. */
export function disposeReply(reply: unknown): void {
  if (!isDisposable(reply)) return;
  try {
    reply[Symbol.dispose]();
  } catch (thrown) {
    process.emitWarning(thrown instanceof Error ? thrown : String(thrown));
  }
}

function encodeOrDispose<Bytes>(reply: unknown, encode: () => Bytes): Bytes {
  try {
    return encode();
  } catch (error) {
    disposeReply(reply);
    throw error;
  }
}

function isDisposable(reply: unknown): reply is Disposable {
  return typeof reply === 'object' && reply !== null && Symbol.dispose in reply;
}
