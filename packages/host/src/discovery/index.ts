export { type Machine, thisMachine } from './architecture.ts';
export { discoverPlugin, discoverPlugins } from './discover.ts';
export { resolveProgram } from './resolve-program.ts';
export type { DiscoveredPlugin, Discovery, DiscoveryFailure, Program } from './types.ts';
