export type { Config, PluginConfig } from './config.ts';
export type { Environment } from './expand.ts';
export { CONFIG_SECTIONS } from './keys.ts';
export { type ConfigFlags, type LoadConfigOptions, loadConfig } from './load-config.ts';
export { Secret } from './secret.ts';
