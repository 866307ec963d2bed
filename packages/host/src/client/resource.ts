import type * as pluginv2 from '@backplane/protocol/pluginv2';
import { type CallFacts, HostError } from '../errors/index.ts';
import { type PluginIdentity, toProtoContext } from './context.ts';
import type { ResourceRequest, ResourceResponse } from './types.ts';

type Headers = Readonly<Record<string, readonly string[]>>;

/** Names, in small letters, of headers that belong to one connection alone (RFC 9110, 7.6.1); `Connection` may name more. */
export const hopByHopHeaders: readonly string[] = [
  'connection',
  'proxy-connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** A request for the wire, without headers that belong to one connection. */
export function toProtoResource(plugin: PluginIdentity, request: ResourceRequest): pluginv2.CallResourceRequest {
  const { context, path, method, url, body } = request;
  const headers = withoutHopByHop(request.headers);
  return {
    pluginContext: toProtoContext(plugin, context),
    path,
    method,
    url,
    headers: Object.fromEntries(Object.entries(headers).map(([name, values]) => [name, { values }])),
    body,
  };
}

/**
 * Waits for the first message, which has status and headers; the body goes on with the messages after it.
 * Headers that belong to one connection and Set-Cookie are dropped.
 *
 * @param rethrow turns what the call rejects with into what callers see
 * @throws HostError `resource_unanswered` when the plugin sends nothing, `request_failed` for a status that HTTP does not have
 */
export async function fromProtoResource(
  messages: AsyncIterable<pluginv2.CallResourceResponse>,
  facts: Omit<CallFacts, 'detail'>,
  rethrow: (error: unknown) => never,
): Promise<ResourceResponse> {
  const iterator = messages[Symbol.asyncIterator]();
  const first = await iterator.next().catch(rethrow);
  if (first.done) throw new HostError('resource_unanswered', { pluginId: facts.pluginId });
  const { code, headers, body } = first.value;
  if (code < 100 || code > 999) {
    await iterator.return?.();
    throw new HostError('request_failed', { ...facts, detail: `the plugin answered with the status ${code}, which HTTP does not have` });
  }
  const plain = Object.fromEntries(Object.entries(headers).map(([name, { values }]) => [name, values]));
  return { status: code, headers: withoutHopByHop(plain, ['set-cookie']), body: bodyOf(iterator, body, rethrow) };
}

/** Written by hand: a generator hears nothing of a reader that leaves before the first part, or while it waits for one. */
function bodyOf(
  iterator: AsyncIterator<pluginv2.CallResourceResponse>,
  first: Uint8Array,
  rethrow: (error: unknown) => never,
): AsyncIterableIterator<Uint8Array, undefined> {
  let waiting: Uint8Array | undefined = first.length > 0 ? first : undefined;
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      for (;;) {
        const value = waiting;
        waiting = undefined;
        if (value !== undefined) return { done: false, value };
        const next = await iterator.next().catch(rethrow);
        if (next.done) return { done: true, value: undefined };
        if (next.value.body.length > 0) waiting = next.value.body;
      }
    },
    async return() {
      waiting = undefined;
      await iterator.return?.();
      return { done: true, value: undefined };
    },
  };
}

/** Drops what is on the list, and what the headers called Connection name. */
function withoutHopByHop(headers: Headers, alsoDropped: readonly string[] = []): Headers {
  const entries = Object.entries(headers);
  const named = entries
    .filter(([name]) => name.toLowerCase() === 'connection')
    .flatMap(([, values]) => values.flatMap((value) => value.split(',')))
    .map((name) => name.trim().toLowerCase());
  // User-Agent by Grafana's choice.
  const dropped = new Set([...hopByHopHeaders, 'user-agent', ...alsoDropped, ...named]);
  return Object.fromEntries(entries.filter(([name]) => !dropped.has(name.toLowerCase())));
}
