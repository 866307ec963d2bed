/** Bytes that a gRPC message has in front: a flag, and the length as a big-endian uint32. */
const PREFIX_BYTES = 5;

const BIG_BYTES = 1 << 20;

/** The prefix of a message in parts. */
export function prefixOf(flag: number, parts: readonly Uint8Array[]): Buffer {
  const prefix = Buffer.allocUnsafe(PREFIX_BYTES);
  prefix[0] = flag;
  prefix.writeUInt32BE(
    parts.reduce((sum, part) => sum + part.length, 0),
    1,
  );
  return prefix;
}

/** A message with its prefix. */
export function prefixed(message: Uint8Array, flag = 0): Buffer {
  const framed = Buffer.allocUnsafe(PREFIX_BYTES + message.length);
  framed[0] = flag;
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, PREFIX_BYTES);
  return framed;
}

/** Whose memory a cutter deals with. */
export interface CutterOptions {
  /** Otherwise chunks are valid during `push` only. */
  readonly areChunksOurs: boolean;
  /** Big messages are valid until the next one comes. */
  readonly reusesMemory?: boolean;
}

/** Told of a message and the first byte of its prefix. */
export type OnMessage = (message: Buffer, flag: number) => void;

/** Cuts chunks of bytes into messages, copying each once at most. */
export class Cutter {
  readonly #onMessage: OnMessage;
  readonly #options: CutterOptions;
  #memory: Buffer | undefined;
  readonly #prefix = Buffer.alloc(PREFIX_BYTES);
  #prefixBytes = 0;
  #message: Buffer | undefined;
  #messageBytes = 0;

  constructor(onMessage: OnMessage, options: CutterOptions) {
    this.#onMessage = onMessage;
    this.#options = options;
  }

  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#message !== undefined) at = this.#fill(this.#message, chunk, at);
      else at = this.#begin(chunk, at);
    }
  }

  #begin(chunk: Uint8Array, start: number): number {
    let at = start;
    while (this.#prefixBytes < PREFIX_BYTES && at < chunk.length) this.#prefix[this.#prefixBytes++] = chunk[at++]!;
    if (this.#prefixBytes < PREFIX_BYTES) return at;
    this.#prefixBytes = 0;
    const end = at + this.#prefix.readUInt32BE(1);
    if (end <= chunk.length && this.#options.areChunksOurs) {
      this.#onMessage(Buffer.from(chunk.buffer, chunk.byteOffset + at, end - at), this.#prefix[0]!);
      return end;
    }
    this.#messageBytes = 0;
    return this.#fill(this.#allocate(end - at), chunk, at);
  }

  #allocate(bytes: number): Buffer {
    if (!this.#options.reusesMemory || bytes < BIG_BYTES) return Buffer.allocUnsafe(bytes);
    if (this.#memory === undefined || this.#memory.length < bytes) this.#memory = Buffer.allocUnsafeSlow(bytes);
    return this.#memory.subarray(0, bytes);
  }

  #fill(message: Buffer, chunk: Uint8Array, at: number): number {
    const end = Math.min(chunk.length, at + message.length - this.#messageBytes);
    message.set(at === 0 && end === chunk.length ? chunk : chunk.subarray(at, end), this.#messageBytes);
    this.#messageBytes += end - at;
    this.#message = message;
    if (this.#messageBytes === message.length) {
      this.#message = undefined;
      this.#onMessage(message, this.#prefix[0]!);
    }
    return end;
  }
}
