export { type Machine, thisMachine } from './architecture.ts';
export { discoverPlugin, discoverPlugins } from './discover.ts';
export { resolveProgram } from './resolve-program.ts';
export type { DiscoveredPlugin, Program } from './types.ts';
