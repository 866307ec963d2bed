import type { Attributes, AttributeValue, Exception, Link, Span, SpanContext, SpanKind, SpanStatus, TimeInput } from '@opentelemetry/api';

/** A span as it is sent. Times are epoch nanoseconds. */
export interface SpanData {
  readonly context: SpanContext;
  readonly parentSpanId: string | undefined;
  readonly scope: string;
  readonly kind: SpanKind;
  readonly startedAtNs: bigint;
  name: string;
  endedAtNs: bigint;
  readonly attributes: Record<string, AttributeValue>;
  readonly events: { readonly name: string; readonly atNs: bigint; readonly attributes: Attributes }[];
  status: SpanStatus;
}

/** Attributes and events of one span: what is beyond is dropped, so that a span in a loop stays small. */
const most = 128;

/** A span that is recorded, and handed on when it ends. */
export class RecordedSpan implements Span {
  readonly #data: SpanData;
  readonly #onEnd: (span: SpanData) => void;
  #isEnded = false;

  constructor(data: SpanData, onEnd: (span: SpanData) => void) {
    this.#data = data;
    this.#onEnd = onEnd;
  }

  spanContext(): SpanContext {
    return this.#data.context;
  }

  setAttribute(key: string, value: AttributeValue): this {
    const { attributes } = this.#data;
    const isRoom = Object.hasOwn(attributes, key) || Object.keys(attributes).length < most;
    if (!this.#isEnded && isRoom && value !== null && value !== undefined) attributes[key] = value;
    return this;
  }

  setAttributes(attributes: Attributes): this {
    for (const [key, value] of Object.entries(attributes)) if (value !== undefined) this.setAttribute(key, value);
    return this;
  }

  addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this {
    const isTime = typeof attributesOrTime === 'number' || attributesOrTime instanceof Date || Array.isArray(attributesOrTime);
    const attributes = isTime ? {} : ((attributesOrTime as Attributes | undefined) ?? {});
    const at = isTime ? (attributesOrTime as TimeInput) : time;
    if (!this.#isEnded && this.#data.events.length < most) this.#data.events.push({ name, attributes, atNs: toNanos(at) });
    return this;
  }

  /** Links are not sent: nothing that is traced here has more than one cause. */
  addLink(_link: Link): this {
    return this;
  }

  addLinks(_links: Link[]): this {
    return this;
  }

  setStatus(status: SpanStatus): this {
    if (!this.#isEnded) this.#data.status = status;
    return this;
  }

  updateName(name: string): this {
    if (!this.#isEnded) this.#data.name = name;
    return this;
  }

  recordException(exception: Exception, time?: TimeInput): void {
    const { name = 'Error', message = '', stack } = typeof exception === 'string' ? { message: exception } : exception;
    const attributes = {
      'exception.type': name,
      'exception.message': message,
      ...(stack === undefined ? {} : { 'exception.stacktrace': stack }),
    };
    this.addEvent('exception', attributes, time);
  }

  end(time?: TimeInput): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#data.endedAtNs = toNanos(time);
    this.#onEnd(this.#data);
  }

  isRecording(): boolean {
    return !this.#isEnded;
  }
}

/** The forms of time that the API takes: now, epoch milliseconds or those of `performance.now`, dates, [seconds, nanoseconds]. */
export function toNanos(time: TimeInput | undefined): bigint {
  if (Array.isArray(time)) return BigInt(time[0]) * 1_000_000_000n + BigInt(time[1]);
  const given = time instanceof Date ? time.getTime() : (time ?? performance.timeOrigin + performance.now());
  const ms = given < performance.timeOrigin && !(time instanceof Date) ? performance.timeOrigin + given : given;
  return BigInt(Math.round(ms * 1000)) * 1000n;
}
