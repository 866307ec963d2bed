import type { StartedTracing } from '@backplane/protocol/otlp';
import { log } from '../log/index.ts';
import { loadTracing } from '../tracing/index.ts';

/** Starts tracing when the host names a receiver for spans. Otherwise none of it is loaded, unless the plugin's own code traces. */
export async function traceProcess(pluginId: string, version: string, env: NodeJS.ProcessEnv): Promise<StartedTracing | undefined> {
  const tracing = env.GF_INSTANCE_OTLP_ADDRESS ? await start(pluginId, version, env) : undefined;
  await loadTracing();
  return tracing;
}

async function start(pluginId: string, pluginVersion: string, env: NodeJS.ProcessEnv): Promise<StartedTracing | undefined> {
  const { readOtlpSettings, startTracing } = await import('@backplane/protocol/otlp');
  const settings = readOtlpSettings(env);
  return settings && startTracing({ settings, resource: { 'service.name': pluginId, 'service.version': pluginVersion }, log });
}
