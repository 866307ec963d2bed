import { type MeasuredMessage, MessageParts, type OutgoingMessage } from '../http2/index.ts';
import type { Codec } from './types.ts';

/** A request that may be changed as soon as its call has begun: all of it is copied. */
export function encodeRequest<Init>(codec: Codec<unknown, Init>, request: Init): OutgoingMessage {
  const message = encode(codec, request);
  return message instanceof Uint8Array || message.length <= LARGEST_COPIED_BYTES ? message : message.toBytes();
}

/** What a handler answers, big bytes where they are. A reply that is disposable is disposed once they have gone. */
export function encodeReply(codec: Codec<unknown>, reply: unknown): OutgoingMessage {
  if (!isDisposable(reply)) return encode(codec, reply);
  try {
    const message = encode(codec, reply);
    const parts = message instanceof Uint8Array ? [message] : message.toParts();
    return new MessageParts(parts, () => disposeReply(reply));
  } catch (error) {
    disposeReply(reply);
    throw error;
  }
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

/** A measured message of this size has no parts that are sent from where they are. */
const LARGEST_COPIED_BYTES = 16 << 10;

function encode<Init>(codec: Codec<unknown, Init>, message: Init): Uint8Array | MeasuredMessage {
  return codec.measure === undefined ? codec.encode(message) : codec.measure(message);
}

function isDisposable(reply: unknown): reply is Disposable {
  return typeof reply === 'object' && reply !== null && Symbol.dispose in reply;
}
