export { confine } from './confine.ts';
export type { SandboxOptions } from './options.ts';
