export { parseManifest } from './parse-manifest.ts';
export { readWholeFile } from './read-file.ts';
export type { PluginDependencies, PluginInclude, PluginInfo, PluginManifest, PluginRoute, PluginType } from './types.ts';
