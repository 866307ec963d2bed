export { type BareStart, HANDSHAKE_ENV, startBare } from './bare-start.ts';
export { type GoProbeOptions, GoStartError, startGoProbe } from './go-probe.ts';
export { startOurProbe } from './our-probe.ts';
export { goPlugin, ourPlugin } from './plugins.ts';
export type { Answer, Command, FrameSummary, LoadInit, PluginProgram, Probe, QueryInit, ResponseSummary } from './types.ts';
