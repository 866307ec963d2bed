export { type BareStart, HANDSHAKE_ENV, startBare } from './bare-start.ts';
export { type GoProbeOptions, GoStartError, startGoProbe } from './go-probe.ts';
export { HOST_CONTEXT } from './host-context.ts';
export { startOurProbe } from './our-probe.ts';
export { goPlugin, ourPlugin } from './plugins.ts';
export { openWorkshop, type ScriptedPlugin, type Workshop } from './scripted-plugin.ts';
export type {
  Answer,
  Command,
  FrameSummary,
  LoadInit,
  LogEntrySummary,
  PluginProgram,
  Probe,
  QueryInit,
  ResponseSummary,
} from './types.ts';
