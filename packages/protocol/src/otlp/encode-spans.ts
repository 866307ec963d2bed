import type { Attributes, AttributeValue } from '@opentelemetry/api';
import type { SpanData } from './span.ts';

/*
 * opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest, the parts that are sent:
 *
 * | message       | fields                                                                                          |
 * |---------------|-------------------------------------------------------------------------------------------------|
 * | request       | 1 resource spans                                                                                |
 * | ResourceSpans | 1 resource { 1 attributes }, 2 scope spans                                                      |
 * | ScopeSpans    | 1 scope { 1 name }, 2 spans                                                                     |
 * | Span          | 1 trace id, 2 span id, 4 parent id, 5 name, 6 kind, 7 start, 8 end, 9 attributes, 11 events, 15 status |
 * | Event         | 1 time, 2 name, 3 attributes                                                                    |
 * | Status        | 2 message, 3 code                                                                               |
 * | KeyValue      | 1 key, 2 value: 1 text, 2 bool, 3 integer, 4 real, 5 list { 1 values }                          |
 */

/** Writes a request that carries the spans of one plugin. */
export function encodeSpans(resource: Attributes, spans: readonly SpanData[]): Uint8Array {
  const scopes = Map.groupBy(spans, ({ scope }) => scope);
  const scopeSpans = [...scopes].map(([scope, list]) =>
    field(2, field(1, text(1, scope)), ...list.map((span) => field(2, encodeSpan(span)))),
  );
  return field(1, field(1, encodeAttributes(1, resource)), ...scopeSpans);
}

function encodeSpan({ context, parentSpanId, name, kind, startedAtNs, endedAtNs, attributes, events, status }: SpanData): Uint8Array {
  return Buffer.concat([
    bytes(1, Buffer.from(context.traceId, 'hex')),
    bytes(2, Buffer.from(context.spanId, 'hex')),
    parentSpanId === undefined ? none : bytes(4, Buffer.from(parentSpanId, 'hex')),
    text(5, name),
    integer(6, BigInt(kind + 1)),
    fixed64(7, startedAtNs),
    fixed64(8, endedAtNs),
    encodeAttributes(9, attributes),
    ...events.map((event) => field(11, fixed64(1, event.atNs), text(2, event.name), encodeAttributes(3, event.attributes))),
    field(15, status.message === undefined ? none : text(2, status.message), integer(3, BigInt(status.code))),
  ]);
}

function encodeAttributes(number: number, attributes: Attributes): Uint8Array {
  const pairs = Object.entries(attributes).filter(([, value]) => value !== undefined);
  return Buffer.concat(pairs.map(([key, value]) => field(number, text(1, key), field(2, encodeValue(value as AttributeValue)))));
}

function encodeValue(value: AttributeValue | null | undefined): Uint8Array {
  if (typeof value === 'string') return text(1, value);
  if (typeof value === 'boolean') return integer(2, value ? 1n : 0n);
  if (typeof value === 'number') return Number.isSafeInteger(value) ? integer(3, BigInt(value)) : double(4, value);
  if (Array.isArray(value)) return field(5, ...value.map((item) => field(1, encodeValue(item))));
  return none;
}

const none = new Uint8Array(0);

function varint(value: bigint): Uint8Array {
  const out: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 127n; rest >>= 7n) out.push(Number(rest & 127n) | 128);
  out.push(Number(rest));
  return Uint8Array.from(out);
}

const tag = (number: number, wireType: number): Uint8Array => varint(BigInt((number << 3) | wireType));
const integer = (number: number, value: bigint): Uint8Array => Buffer.concat([tag(number, 0), varint(value)]);
const bytes = (number: number, value: Uint8Array): Uint8Array => Buffer.concat([tag(number, 2), varint(BigInt(value.length)), value]);
const text = (number: number, value: string): Uint8Array => bytes(number, Buffer.from(value));
const field = (number: number, ...parts: readonly Uint8Array[]): Uint8Array => bytes(number, Buffer.concat(parts));

function fixed64(number: number, value: bigint): Uint8Array {
  const out = Buffer.alloc(8);
  out.writeBigUInt64LE(BigInt.asUintN(64, value));
  return Buffer.concat([tag(number, 1), out]);
}

function double(number: number, value: number): Uint8Array {
  const out = Buffer.alloc(8);
  out.writeDoubleLE(value);
  return Buffer.concat([tag(number, 1), out]);
}
