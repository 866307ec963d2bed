export { type GoProbeOptions, GoStartError, startGoProbe } from './go-probe.ts';
export { startOurProbe } from './our-probe.ts';
export { goPlugin, ourPlugin } from './plugins.ts';
export type { Answer, Command, FrameSummary, LoadInit, PluginProgram, Probe, QueryInit, ResponseSummary } from './types.ts';
