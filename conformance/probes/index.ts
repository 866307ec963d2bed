export { HANDSHAKE_ENV, startBare } from './bare-start.ts';
export { GoStartError, startGoProbe } from './go-probe.ts';
export { HOST_CONTEXT } from './host-context.ts';
export { startOurProbe } from './our-probe.ts';
export { goPlugin, ourPlugin } from './plugins.ts';
export { openWorkshop } from './scripted-plugin.ts';
export type { Answer, LogEntrySummary, PluginProgram, Probe } from './types.ts';
