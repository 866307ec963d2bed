import type * as pluginv2 from '@backplane/protocol/pluginv2';
import { describeError, HostError } from '../errors/index.ts';
import { type PluginIdentity, toProtoContext } from './context.ts';
import type { StreamRequest, SubscribeResult } from './types.ts';

/** A subscription, a message to publish, or a stream to run, for the wire. */
export function toProtoStream(plugin: PluginIdentity, { context, path, data, headers }: StreamRequest): pluginv2.SubscribeStreamRequest {
  return { pluginContext: toProtoContext(plugin, context), path, data, headers };
}

/** A status that we do not know is a refusal. */
export function fromProtoStream({ status, data }: pluginv2.SubscribeStreamResponse): SubscribeResult {
  return { status: status === 0 ? 'OK' : status === 1 ? 'NOT_FOUND' : 'PERMISSION_DENIED', data };
}

/**
 * Lets packets through that are JSON. Written by hand, so that a reader may leave while it waits for a packet.
 *
 * @param rethrow turns what the call rejects with into what callers see
 * @throws HostError `request_failed` at the first that is not JSON
 */
export function jsonPackets(
  packets: AsyncIterable<pluginv2.StreamPacket>,
  pluginId: string,
  rethrow: (error: unknown) => never,
): AsyncIterableIterator<Uint8Array, undefined> {
  const iterator = packets[Symbol.asyncIterator]();
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      const next = await iterator.next().catch(rethrow);
      if (next.done === true) return { done: true, value: undefined };
      const problem = findJsonProblem(next.value.data);
      if (problem === undefined) return { done: false, value: next.value.data };
      await iterator.return?.();
      const detail = `invalid JSON data: ${describeError(problem)}`;
      throw new HostError('request_failed', { pluginId, endpoint: 'runStream', detail }, { cause: problem });
    },
    async return() {
      await iterator.return?.();
      return { done: true, value: undefined };
    },
  };
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function findJsonProblem(bytes: Uint8Array): unknown {
  try {
    JSON.parse(utf8.decode(bytes));
    return undefined;
  } catch (cause) {
    return cause;
  }
}
