export { type Outcome, whenEnded } from '../client/index.ts';
export { wrapClient } from './chain.ts';
export { CallCounter, type CallCounts } from './count-calls.ts';
export { logFailures } from './log-failures.ts';
export type { Middleware, Next, PluginCall } from './types.ts';
