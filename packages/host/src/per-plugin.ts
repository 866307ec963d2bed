import type { PluginManifest } from './manifest/index.ts';

/** What holds for all plugins, or a function that says it for each; it is asked anew for each start. */
export type PerPlugin<Value> = Value | ((plugin: PluginManifest) => Value);

/** What holds for one plugin. */
export function forPlugin<Value>(option: PerPlugin<Value>, plugin: PluginManifest): Value {
  return typeof option === 'function' ? (option as (plugin: PluginManifest) => Value)(plugin) : option;
}
