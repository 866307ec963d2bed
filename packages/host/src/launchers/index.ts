export { type HostLogger, silentLogger } from './logger.ts';
export { createProcessLauncher, type ProcessLauncherOptions } from './process-launcher.ts';
export type { Launcher, PluginEnd, RunningPlugin } from './types.ts';
