import { log } from '../log/index.ts';
import type { StartedTracing } from '../otlp/index.ts';
import { loadTracing } from '../tracing/index.ts';

/** Starts tracing when the host names a receiver for spans. Otherwise none of it is loaded, unless the plugin's own code traces. */
export async function traceProcess(pluginId: string, version: string, env: NodeJS.ProcessEnv): Promise<StartedTracing | undefined> {
  const tracing = env.GF_INSTANCE_OTLP_ADDRESS ? await start(pluginId, version, env) : undefined;
  await loadTracing();
  return tracing;
}

async function start(pluginId: string, pluginVersion: string, env: NodeJS.ProcessEnv): Promise<StartedTracing | undefined> {
  const { readOtlpSettings, startTracing } = await import('../otlp/index.ts');
  const settings = readOtlpSettings(env);
  return settings && startTracing({ settings, pluginId, pluginVersion, log });
}
