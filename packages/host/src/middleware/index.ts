export { type Outcome, whenEnded } from '../client/index.ts';
export { wrapClient } from './chain.ts';
export { CallCounter, type CallCounts } from './count-calls.ts';
export { noticeLargeReplies } from './large-replies.ts';
export { limitCalls } from './limit-calls.ts';
export { limitTime } from './limit-time.ts';
export { logFailures } from './log-failures.ts';
export type { Middleware, Next, PluginCall } from './types.ts';
