import { openTracing, type PluginManifest, type Tracing } from '@backplane/host';
import type { Config } from './config/index.ts';
import type { Logger } from './log/index.ts';

/** Starts the tracing that `[tracing.opentelemetry]` describes; undefined without the address of a receiver, and nothing is loaded then. */
export async function openServerTracing(config: Config, logger: Logger): Promise<Tracing | undefined> {
  const { address, propagation } = config.tracingOtlp;
  if (address === undefined) return undefined;
  const { samplerType, samplerParam, samplingServerUrl, customAttributes } = config.tracing;
  const resource = { 'service.name': 'backplane', ...customAttributes };
  return await openTracing({ address, propagation, samplerType, samplerParam, samplerUrl: samplingServerUrl, resource, logger });
}

/**
 * What a plugin is told about tracing: as in Grafana nothing, unless the toggle `enablePluginsTracingByDefault` is on, or
 * `tracing = true` in `[plugin.<id>]`.
 */
export function tracingVariables(plugin: PluginManifest, config: Config, tracing: Tracing | undefined): Readonly<Record<string, string>> {
  const isWanted =
    config.featureToggles.enable.includes('enablePluginsTracingByDefault') || config.pluginSettings[plugin.id]?.tracing === 'true';
  return tracing !== undefined && isWanted ? tracing.environment(plugin) : {};
}
