export type { CandidateCheck } from './candidate.ts';
export { type Clock, systemClock } from './clock.ts';
export { defaultLivenessPolicy, type LivenessPolicy, probe } from './liveness.ts';
export type { SupervisorOptions } from './options.ts';
export type { Phase } from './phase.ts';
export { defaultRestartPolicy, type RestartPolicy } from './restart-policy.ts';
export { Supervisor } from './supervisor.ts';
