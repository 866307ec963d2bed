export { type Clock, systemClock } from './clock.ts';
export type { Phase } from './phase.ts';
export { defaultRestartPolicy, type RestartPolicy } from './restart-policy.ts';
export { Supervisor } from './supervisor.ts';
