export { parseManifest } from './parse-manifest.ts';
export type { PluginDependencies, PluginInclude, PluginInfo, PluginManifest, PluginRoute, PluginType } from './types.ts';
