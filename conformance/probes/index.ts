export { HANDSHAKE_ENV, startBare } from './bare-start.ts';
export { GoStartError, startGoProbe } from './go-probe.ts';
export { connectGrpcJs } from './grpcjs-channel.ts';
export { HOST_CONTEXT } from './host-context.ts';
export { startOurProbe } from './our-probe.ts';
export { goPlugin, interopPlugin, objectsPlugin, ourPlugin, useBuiltPlugin } from './plugins.ts';
export { openWorkshop } from './scripted-plugin.ts';
export type { Answer, LogEntrySummary, Party, PluginProgram, Probe } from './types.ts';
