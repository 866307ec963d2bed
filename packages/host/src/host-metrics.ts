import { Gauge, type Registry } from 'prom-client';
import type { PluginDescription, PluginHost } from './types.ts';

/**
 * Adds metrics about the plugins of a host to a registry, read anew whenever it is asked: whether a plugin is up, its
 * restarts, calls under way and waiting, memory and processor time, and how often each limit was met.
 */
export function registerHostMetrics(host: Pick<PluginHost, 'describe'>, registry: Registry): void {
  let described: Promise<readonly PluginDescription[]> | undefined;
  /** One look at the plugins for all metrics of one scrape. */
  const describe = () => {
    described ??= host.describe().finally(() => {
      described = undefined;
    });
    return described;
  };
  const gauge = (name: string, help: string, read: (plugin: PluginDescription) => number | undefined) =>
    new Gauge({
      name,
      help,
      labelNames: ['plugin_id'],
      registers: [registry],
      async collect() {
        this.reset();
        for (const plugin of await describe()) {
          const value = read(plugin);
          if (value !== undefined) this.set({ plugin_id: plugin.id }, value);
        }
      },
    });
  gauge('backplane_plugin_up', 'Whether the plugin can be called.', ({ phase }) =>
    phase.kind === 'no-backend' ? undefined : Number(phase.kind === 'ready'),
  );
  gauge('backplane_plugin_restarts', 'Starts of the plugin after its first one.', ({ phase }) =>
    phase.kind === 'ready' ? phase.restarts : undefined,
  );
  gauge('backplane_plugin_calls_in_flight', 'Calls under way.', ({ load }) => load.inFlight);
  gauge('backplane_plugin_calls_queued', 'Calls that wait for their turn.', ({ load }) => load.queued);
  gauge('backplane_plugin_streams', 'Streams that run.', ({ load }) => load.streams);
  gauge('backplane_plugin_resident_memory_bytes', 'Memory of the plugin and of what it started.', ({ usage }) => usage?.memoryBytes);
  gauge('backplane_plugin_cpu_seconds', 'Processor time of the plugin and of what it started.', ({ usage }) => usage?.cpuSeconds);
  new Gauge({
    name: 'backplane_plugin_limit_hits',
    help: 'How often each limit was met.',
    labelNames: ['plugin_id', 'limit'],
    registers: [registry],
    async collect() {
      this.reset();
      for (const { id, limitHits } of await describe())
        for (const [limit, times] of Object.entries(limitHits)) this.set({ plugin_id: id, limit }, times);
    },
  });
}
