export type { Fill, FillMode, MacroContext } from './definitions.ts';
export { type ExpandedSql, expandMacros } from './expand.ts';
