import type { Attributes } from '@opentelemetry/api';
import { type Channel, connect, type UnaryMethod } from '../grpc/index.ts';
import { encodeSpans } from './encode-spans.ts';
import type { SpanData } from './span.ts';

const raw = { encode: (bytes: Uint8Array) => bytes, decode: (bytes: Uint8Array) => bytes };

/** The one call of an OTLP receiver that is needed. */
export const exportTraces: UnaryMethod<Uint8Array, Uint8Array> = {
  kind: 'unary',
  path: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  request: raw,
  response: raw,
};

/** Takes the one complaint that there is. */
export interface TracingLogger {
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Where spans go, and how they are gathered. */
export interface ExporterOptions {
  readonly host: string;
  readonly port: number;
  /** What all spans have in common. */
  readonly resource: Attributes;
  readonly log: TracingLogger;
  /** A batch leaves when it is this old. */
  readonly delayMs?: number | undefined;
  /** How long the last batches may take; 5000 unless given. */
  readonly shutdownMs?: number | undefined;
}

const limits = { batchSpans: 512, waitingSpans: 2048, exportMs: 10_000, complainEveryMs: 60_000, shutdownMs: 5000 } as const;

/** Sends ended spans in batches. What cannot be sent is dropped, and said once a minute: tracing holds up nobody. */
export class SpanExporter {
  readonly #options: ExporterOptions;
  #waiting: SpanData[] = [];
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> = Promise.resolve();
  #channel: Promise<Channel> | undefined;
  readonly #stop = new AbortController();
  #complainedAtMs = Number.NEGATIVE_INFINITY;
  #isClosed = false;

  constructor(options: ExporterOptions) {
    this.#options = options;
  }

  add(span: SpanData): void {
    if (this.#isClosed || this.#waiting.length >= limits.waitingSpans) return;
    this.#waiting.push(span);
    if (this.#waiting.length >= limits.batchSpans) void this.flush();
    else this.#timer ??= setTimeout(() => void this.flush(), this.#options.delayMs ?? 5000).unref();
  }

  /** Resolves when all spans that had ended were sent, or dropped. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sending = this.#sending.then(() => this.#sendAll());
    return this.#sending;
  }

  /** Sends what is left, for `shutdownMs` at most, and hangs up. Later spans are dropped. */
  async shutdown(): Promise<void> {
    const sent = this.flush();
    const timer = setTimeout(
      () => this.#stop.abort(new Error('the receiver of spans took too long')),
      this.#options.shutdownMs ?? limits.shutdownMs,
    );
    await sent;
    clearTimeout(timer);
    this.#isClosed = true;
    const channel = await this.#channel?.catch(() => undefined);
    await channel?.close();
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting.length > 0) await this.#send(this.#waiting.splice(0, limits.batchSpans));
  }

  async #send(spans: readonly SpanData[]): Promise<void> {
    const { host, port, resource, log } = this.#options;
    const { signal } = this.#stop;
    try {
      this.#channel ??= connect({ network: 'tcp', host, port }, { signal });
      await (await this.#channel).unary(exportTraces, encodeSpans(resource, spans), { timeoutMs: limits.exportMs, signal });
    } catch (error) {
      // The next batch connects anew.
      const broken = this.#channel;
      this.#channel = undefined;
      void broken?.then((channel) => channel.close()).catch(() => undefined);
      const isQuiet = performance.now() - this.#complainedAtMs < limits.complainEveryMs;
      if (!isQuiet)
        log.warn('Spans could not be sent and were dropped', {
          spans: spans.length,
          address: `${host}:${port}`,
          error: error instanceof Error ? error.message : String(error),
        });
      if (!isQuiet) this.#complainedAtMs = performance.now();
    }
  }
}
