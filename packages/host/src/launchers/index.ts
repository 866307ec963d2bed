export { createAddressLauncher } from './address-launcher.ts';
export { assertUsableCgroup, findDelegatedCgroup } from './cgroup/index.ts';
export { type HostLogger, silentLogger } from './logger.ts';
export type { PluginAddress } from './plugin-address.ts';
export { createProcessLauncher, type ProcessLauncherOptions } from './process-launcher.ts';
export type { SandboxOptions } from './sandbox/index.ts';
export type { Launcher, PluginEnd, ProcessUsage, RunningPlugin } from './types.ts';
