export type { Fill, FillMode, MacroContext } from './definitions.ts';
export { expandMacros } from './expand.ts';
