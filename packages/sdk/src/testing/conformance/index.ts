export { type ConformanceOptions, conformance } from './conformance.ts';
export type { CheckResult, ConformanceReport } from './types.ts';
