import { decodeArrow } from '@backplane/frames';
import type { Channel } from '@backplane/protocol/grpc';
import { data, diagnostics, HealthStatus, resource, StreamStatus, stream } from '@backplane/protocol/pluginv2';
import { type FakeContext, toPluginContext, toProtoHeaders } from './fake-context.ts';
import type { LogLines } from './log-lines.ts';
import type { QueryOptions, QueryResult, TestCallOptions, TestHealth, TestJoin, TestPlugin, TestQueries, TestRequest } from './types.ts';

const HOUR_MS = 3_600_000;

/** What a connection to a plugin consists of. */
export interface CallParts {
  readonly channel: Channel;
  readonly context: FakeContext;
  readonly logs: LogLines;
  /** Ends the plugin; called once. */
  readonly close: () => Promise<void>;
}

/** Calls a plugin behind a channel. */
export function callPlugin({ channel, context, logs, close }: CallParts): TestPlugin {
  const about = (options: TestCallOptions = {}) => {
    const all = { ...context, ...options.context };
    return { pluginContext: toPluginContext(all), headers: toProtoHeaders(all) };
  };
  let closed: Promise<void> | undefined;
  return {
    async query(queries, options = {}) {
      const request = { ...about(options), queries: toQueries(queries, options) };
      const { responses } = await channel.unary(data.queryData, request, { signal: options.signal });
      return Object.fromEntries(Object.entries(responses).map(([refId, response]) => [refId, toResult(response)]));
    },
    async *queryChunked(queries, options = {}) {
      const request = { ...about(options), queries: toQueries(queries, options) };
      for await (const chunk of channel.serverStream(data.queryChunkedData, request, { signal: options.signal })) {
        const frames = chunk.error === '' && chunk.frame.length > 0 ? [chunk.frame] : [];
        yield { refId: chunk.refId, ...toResult({ ...chunk, frames }) };
      }
    },
    async checkHealth(options = {}): Promise<TestHealth> {
      const { status, message, jsonDetails } = await channel.unary(diagnostics.checkHealth, about(options), { signal: options.signal });
      return { status: nameOf(HealthStatus, status), message, details: parse(jsonDetails) };
    },
    resource: (path, init = {}) => callResource(channel, path, { ...about(init), init }),
    async subscribe(path, options = {}): Promise<TestJoin> {
      const request = { ...about(options), path, data: bytesOf(options.data) };
      return toJoin(await channel.unary(stream.subscribeStream, request, { signal: options.signal }));
    },
    async publish(path, message, options = {}): Promise<TestJoin> {
      const request = { ...about(options), path, data: bytesOf(message) };
      return toJoin(await channel.unary(stream.publishStream, request, { signal: options.signal }));
    },
    async *run(path, options = {}) {
      const packets = channel.serverStream(stream.runStream, { ...about(options), path }, { signal: options.signal });
      for await (const packet of packets) yield parse(packet.data);
    },
    async metrics() {
      const { metrics } = await channel.unary(diagnostics.collectMetrics, {});
      return Buffer.from(metrics?.prometheus ?? []).toString();
    },
    logs: logs.all,
    logged: (message) => logs.find(message),
    [Symbol.asyncDispose]() {
      closed ??= close();
      return closed;
    },
  };
}

function toQueries(queries: TestQueries, { from, to, maxDataPoints = 1000, intervalMs = 1000 }: QueryOptions) {
  const toMs = Number(to ?? Date.now());
  const timeRange = { fromEpochMS: BigInt(Number(from ?? toMs - HOUR_MS)), toEpochMS: BigInt(toMs) };
  return Object.entries(queries).map(([refId, model]) => ({
    refId,
    queryType: model.queryType ?? '',
    maxDataPoints: BigInt(maxDataPoints),
    intervalMS: BigInt(intervalMs),
    timeRange,
    json: Buffer.from(JSON.stringify({ refId, maxDataPoints, intervalMs, ...model })),
  }));
}

function toResult(response: {
  readonly status: number;
  readonly error: string;
  readonly errorSource: string;
  readonly frames: readonly Uint8Array[];
}): QueryResult {
  const { status, error, errorSource, frames } = response;
  return { status, error, errorSource, frames: frames.map((bytes) => decodeArrow(bytes)) };
}

type About = { readonly pluginContext: ReturnType<typeof toPluginContext>; readonly init: TestRequest };

/** The first message has status and headers, further ones more of the body. */
async function callResource(channel: Channel, path: string, { pluginContext, init }: About): Promise<Response> {
  const { method = init.body === undefined ? 'GET' : 'POST', headers = {}, body, signal } = init;
  const request = {
    pluginContext,
    method,
    path: path.split('?')[0] ?? '',
    url: path,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, { values: [value] }])),
    ...(body !== undefined && { body: typeof body === 'string' ? Buffer.from(body) : body }),
  };
  const parts = channel.serverStream(resource.callResource, request, { signal })[Symbol.asyncIterator]();
  const first = await parts.next();
  if (first.done === true) throw new Error(`the plugin answered ${path} without a status`);
  const { code, headers: answered, body: start } = first.value;
  const pairs = Object.entries(answered).flatMap(([name, { values }]) => values.map((value): [string, string] => [name, value]));
  return new Response(hasBody(code) ? toStream(start, parts) : null, { status: code, headers: pairs });
}

/** Statuses that HTTP allows no body for. */
const hasBody = (status: number): boolean => ![101, 204, 205, 304].includes(status);

function toStream(start: Uint8Array, parts: AsyncIterator<{ readonly body: Uint8Array }>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => {
      if (start.length > 0) controller.enqueue(start.slice());
    },
    async pull(controller) {
      const next = await parts.next();
      if (next.done === true) controller.close();
      else controller.enqueue(next.value.body.slice());
    },
    async cancel() {
      await parts.return?.();
    },
  });
}

function toJoin({ status, data: bytes }: { readonly status: number; readonly data: Uint8Array }): TestJoin {
  const names = {
    [StreamStatus.ok]: 'ok',
    [StreamStatus.notFound]: 'not_found',
    [StreamStatus.permissionDenied]: 'permission_denied',
  } as const;
  return { status: names[status as keyof typeof names] ?? 'not_found', data: parse(bytes) };
}

function nameOf<Name extends string>(names: Readonly<Record<Name, number>>, value: number): Name {
  const found = (Object.entries(names) as [Name, number][]).find(([, number]) => number === value);
  if (found === undefined) throw new Error(`the plugin answered the unknown number ${value}`);
  return found[0];
}

const parse = (bytes: Uint8Array): unknown => (bytes.length === 0 ? undefined : JSON.parse(Buffer.from(bytes).toString()));
const bytesOf = (value: unknown): Uint8Array => (value === undefined ? new Uint8Array() : Buffer.from(JSON.stringify(value)));
