import { once } from 'node:events';
import { crc32 } from 'node:zlib';
import { ping } from '@backplane/protocol/goplugin';
import { type CallOptions, type Channel, GrpcStatusError, grpcCodeName } from '@backplane/protocol/grpc';
import {
  admission,
  conversion,
  data,
  decodeErrorSource,
  diagnostics,
  HealthStatus,
  resource,
  StreamStatus,
  stream,
  type ValidationResponse,
} from '@backplane/protocol/pluginv2';
import { toPluginContext, toQueries } from './requests.ts';
import { summariseChunk, summariseResponse } from './summary.ts';
import type { Answer, Command } from './types.ts';

type Result = Omit<Answer, 'ms'>;
type Call = (channel: Channel, command: Command, options: CallOptions) => Promise<Result>;

/** Performs one command on our own channel and describes the outcome as hostprobe does. */
export async function performCall(channel: Channel, command: Command): Promise<Answer> {
  const call = CALLS[command.op];
  if (!call) throw new Error(`this probe has no op ${command.op}`);
  const began = performance.now();
  const controller = new AbortController();
  const timer = command.cancelAfterMs === undefined ? undefined : setTimeout(() => controller.abort(CANCELLED), command.cancelAfterMs);
  const { timeoutMs, metadata } = command;
  const options: CallOptions = { signal: controller.signal, timeoutMs, metadata: metadata && Object.entries(metadata) };
  try {
    return { ...(await call(channel, command, options)), ms: Math.round(performance.now() - began) };
  } catch (error) {
    return { ...failureOf(error), ms: Math.round(performance.now() - began) };
  } finally {
    clearTimeout(timer);
    controller.abort(CANCELLED);
  }
}

const CANCELLED = new DOMException('context canceled', 'AbortError');
const CALLS: Partial<Record<Command['op'], Call>> = {
  health,
  metrics,
  query,
  chunked,
  resource: callResource,
  subscribe,
  publish,
  stream: run,
  validate: admit,
  mutate: admit,
  convert,
  unknown,
  ping: sendPing,
  many,
};

/** Code names as Go writes them. */
const GO_CODE_NAMES: Readonly<Record<string, string>> = { CANCELLED: 'Canceled' };

function failureOf(error: unknown): Result {
  if (error === CANCELLED) return { error: { code: 'Canceled', message: CANCELLED.message } };
  if (!(error instanceof GrpcStatusError)) throw error;
  const name = grpcCodeName(error.code);
  const code = GO_CODE_NAMES[name] ?? name.toLowerCase().replace(/(?:^|_)(.)/g, (_, letter: string) => letter.toUpperCase());
  const errorSource = error.details && decodeErrorSource(error.details);
  return { error: { code, message: error.message, ...(errorSource && { errorSource }) } };
}

async function health(channel: Channel, { context, headers = {} }: Command, options: CallOptions): Promise<Result> {
  const answer = await channel.unary(diagnostics.checkHealth, { pluginContext: toPluginContext(context), headers }, options);
  return { status: nameOf(HealthStatus, answer.status), message: answer.message, details: textOf(answer.jsonDetails) };
}

async function metrics(channel: Channel, { context }: Command, options: CallOptions): Promise<Result> {
  const answer = await channel.unary(diagnostics.collectMetrics, { pluginContext: toPluginContext(context) }, options);
  return { text: textOf(answer.metrics?.prometheus ?? new Uint8Array()) };
}

async function query(channel: Channel, command: Command, options: CallOptions): Promise<Result> {
  const { context, headers = {}, format = 0 } = command;
  const request = { pluginContext: toPluginContext(context), headers, queries: toQueries(command), format };
  const answer = await channel.unary(data.queryData, request, options);
  const summaries = Object.entries(answer.responses).map(([refId, response]) => [refId, summariseResponse(response)] as const);
  return { responses: Object.fromEntries(summaries) };
}

async function chunked(channel: Channel, command: Command, options: CallOptions): Promise<Result> {
  const { context, headers = {}, format = 0, max = Number.POSITIVE_INFINITY } = command;
  const items: NonNullable<Answer['items']>[number][] = [];
  const request = { pluginContext: toPluginContext(context), headers, queries: toQueries(command), format };
  return until(channel.serverStream(data.queryChunkedData, request, options), max, { items }, (item) => items.push(summariseChunk(item)));
}

async function callResource(channel: Channel, command: Command, options: CallOptions): Promise<Result> {
  const { path = '', method = 'GET', url = path, httpHeaders = {}, body = '', bodyBytes, max = Number.POSITIVE_INFINITY } = command;
  const began = performance.now();
  const parts: NonNullable<Answer['parts']>[number][] = [];
  const request = {
    pluginContext: toPluginContext(command.context),
    path,
    method,
    url,
    headers: Object.fromEntries(Object.entries(httpHeaders).map(([name, values]) => [name, { values }])),
    body: Buffer.from(bodyBytes === undefined ? body : 'x'.repeat(bodyBytes)),
  };
  return until(channel.serverStream(resource.callResource, request, options), max, { parts }, (part) => {
    const headers = Object.fromEntries(Object.entries(part.headers).map(([name, list]) => [name, list.values]));
    const atMs = Math.round(performance.now() - began);
    const { code, body } = part;
    parts.push({ code, headers, bytes: body.length, crc32: crc32(body), atMs, ...(body.length <= 4096 && { body: textOf(body) }) });
  });
}

async function subscribe(channel: Channel, command: Command, options: CallOptions): Promise<Result> {
  const answer = await channel.unary(stream.subscribeStream, streamRequest(command), options);
  return { status: nameOf(StreamStatus, answer.status), data: textOf(answer.data) };
}

async function publish(channel: Channel, command: Command, options: CallOptions): Promise<Result> {
  const answer = await channel.unary(stream.publishStream, streamRequest(command), options);
  return { status: nameOf(StreamStatus, answer.status), data: textOf(answer.data) };
}

async function run(channel: Channel, command: Command, options: CallOptions): Promise<Result> {
  const packets: string[] = [];
  const received = channel.serverStream(stream.runStream, streamRequest(command), options);
  return until(received, command.max ?? Number.POSITIVE_INFINITY, { packets }, (packet) => packets.push(textOf(packet.data)));
}

async function admit(channel: Channel, command: Command, options: CallOptions): Promise<Result> {
  const { op, context, operation = 0, kind = '', object = '', oldObject = '' } = command;
  const request = {
    pluginContext: toPluginContext(context),
    operation,
    kind: { group: 'conformance', version: 'v1', kind },
    objectBytes: Buffer.from(object),
    oldObjectBytes: Buffer.from(oldObject),
  };
  const describe = ({ allowed, warnings, result }: ValidationResponse): Result => ({
    allowed,
    warnings,
    result: result ? { status: result.status, message: result.message, code: result.code } : null,
  });
  if (op === 'validate') return describe(await channel.unary(admission.validateAdmission, request, options));
  const answer = await channel.unary(admission.mutateAdmission, request, options);
  return { ...describe(answer), object: textOf(answer.objectBytes) };
}

async function convert(channel: Channel, { context, objects = [] }: Command, options: CallOptions): Promise<Result> {
  const targetVersion = { group: 'conformance', version: 'v1' };
  const sent = objects.map(({ raw, contentType }) => ({ raw: Buffer.from(raw), contentType }));
  const request = { pluginContext: toPluginContext(context), uid: '1', targetVersion, objects: sent };
  const answer = await channel.unary(conversion.convertObjects, request, options);
  return { objects: answer.objects.map(({ raw, contentType }) => ({ raw: textOf(raw), contentType })) };
}

async function unknown(channel: Channel, { path = '', data: text = '' }: Command, options: CallOptions): Promise<Result> {
  const raw = { encode: (message: Uint8Array) => message, decode: (message: Uint8Array) => message };
  return { data: textOf(await channel.unary({ kind: 'unary', path, request: raw, response: raw }, Buffer.from(text), options)) };
}

async function sendPing(channel: Channel, _command: Command, { signal }: CallOptions): Promise<Result> {
  await ping(channel, { signal });
  return { ok: true };
}

async function many(channel: Channel, { call, count = 1, inFlight = count }: Command): Promise<Result> {
  if (!call) throw new Error('many needs a call');
  const ends: Record<string, number> = {};
  let left = count;
  const lane = async () => {
    while (left-- > 0) {
      const { error } = await performCall(channel, call);
      ends[error?.code ?? 'ok'] = (ends[error?.code ?? 'ok'] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return { ends };
}

/** Reads a stream to its end, or cancels it after `max` messages. */
async function until<T>(messages: AsyncIterable<T>, max: number, result: Result, take: (message: T) => void): Promise<Result> {
  let taken = 0;
  try {
    for await (const message of messages) {
      take(message);
      if (++taken === max) return { ...result, ...failureOf(CANCELLED) };
    }
    return result;
  } catch (error) {
    return { ...result, ...failureOf(error) };
  }
}

const streamRequest = ({ context, path = '', data: text = '' }: Command) => ({
  pluginContext: toPluginContext(context),
  path,
  data: Buffer.from(text),
});
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

/** `notFound` of a table of numbers becomes NOT_FOUND. */
function nameOf(table: Readonly<Record<string, number>>, value: number): string {
  const key = Object.keys(table).find((name) => table[name] === value) ?? String(value);
  return key.replace(/[A-Z]/g, '_$&').toUpperCase();
}

/** Resolves when a channel's peer has gone; used by probes that stop their plugin. */
export async function exitOf(
  child: { readonly exitCode: number | null; readonly signalCode: string | null } & NodeJS.EventEmitter,
): Promise<number> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode ?? -1;
}
