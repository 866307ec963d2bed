import { ProtocolError } from '../errors/index.ts';
import type { Channel } from '../grpc/index.ts';
import { controllerShutdown, healthCheck, ServingStatus } from './messages.ts';

/**
 * Asks a plugin to end.
 *
 * Whatever it answers is fine: genuine plugins drop the connection without a word. Never rejects; resolves at the
 * latest after `timeoutMs`, because a plugin that accepts the call and stays silent must not hold its host.
 * Whether the process ends is for the caller to see.
 */
export async function shutdown(channel: Channel, { timeoutMs }: { readonly timeoutMs: number }): Promise<void> {
  const leaving = new AbortController();
  const { promise: waitedEnough, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, timeoutMs);
  const ignore = (): void => undefined;
  const answered = channel.unary(controllerShutdown, {}, { signal: leaving.signal }).then(ignore, ignore);
  await Promise.race([answered, channel.closed, waitedEnough]);
  clearTimeout(timer);
  leaving.abort();
}

/**
 * Asks a plugin's health service whether it serves.
 *
 * @throws ProtocolError `not_serving`; GrpcStatusError when the call fails; the signal's reason
 */
export async function ping(channel: Channel, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
  const { status } = await channel.unary(healthCheck, { service: 'plugin' }, { signal });
  if (status !== ServingStatus.serving) throw new ProtocolError('not_serving', { status });
}
