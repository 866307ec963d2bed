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
 * Lets packets through that are JSON.
 *
 * @throws HostError `request_failed` at the first that is not
 */
export async function* jsonPackets(packets: AsyncIterable<pluginv2.StreamPacket>, pluginId: string): AsyncGenerator<Uint8Array> {
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  for await (const { data } of packets) {
    try {
      JSON.parse(utf8.decode(data));
    } catch (cause) {
      const detail = `invalid JSON data: ${describeError(cause)}`;
      throw new HostError('request_failed', { pluginId, endpoint: 'runStream', detail }, { cause });
    }
    yield data;
  }
}
