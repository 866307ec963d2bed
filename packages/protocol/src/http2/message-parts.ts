/** A message in several pieces of memory, which are sent in order without being put together. */
export class MessageParts {
  readonly length: number;
  readonly #parts: readonly Uint8Array[];
  #onReleased: (() => void) | undefined;
  #index = 0;
  #at = 0;

  /**
   * @param parts leave them unchanged until they are sent
   * @param onReleased told once that the connection no longer needs the parts, however that came; must not throw
   */
  constructor(parts: readonly Uint8Array[], onReleased?: () => void) {
    this.#parts = parts;
    this.#onReleased = onReleased;
    this.length = parts.reduce((sum, part) => sum + part.length, 0);
  }

  /** The next octets of one piece, at least one and at most `most`. There must be some left. */
  take(most: number): Uint8Array {
    let part = this.#parts[this.#index]!;
    while (this.#at === part.length) {
      part = this.#parts[++this.#index]!;
      this.#at = 0;
    }
    const end = Math.min(part.length, this.#at + most);
    const taken = part.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  /** Nothing of it is needed any more. A second time is fine. */
  release(): void {
    const onReleased = this.#onReleased;
    this.#onReleased = undefined;
    onReleased?.();
  }
}

/** A message whose length is known before its octets are: written once, at once, where they are needed. */
export interface MeasuredMessage {
  readonly length: number;
  /** Writes all of it to `target` from `at` on, where there is room, or throws. */
  writeTo(target: Buffer, at: number): void;
  toBytes(): Uint8Array;
  /** The same octets, big pieces where they are: leave them unchanged until they are sent. */
  toParts(): readonly Uint8Array[];
}

/** A message as a sender may give it. */
export type OutgoingMessage = Uint8Array | MessageParts | MeasuredMessage;

/** The same message in a form that may wait. */
export function lasting(message: OutgoingMessage): Uint8Array | MessageParts {
  if (message instanceof Uint8Array || message instanceof MessageParts) return message;
  const parts = message.toParts();
  return parts.length === 1 ? parts[0] : new MessageParts(parts);
}
