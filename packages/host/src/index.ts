export { createMessageLease, type MessageLease } from '@backplane/protocol/grpc';
export type {
  AppSettings,
  CallOrigin,
  DataChunk,
  DataQuery,
  DataResponse,
  DataSourceSettings,
  Endpoint,
  HealthResult,
  PluginCallOptions,
  PluginClient,
  PluginContext,
  PluginUser,
  QueryDataRequest,
  QueryDataResponse,
  RequestOf,
  ResourceRequest,
  ResourceResponse,
  ResultOf,
  StreamRequest,
  SubscribeResult,
} from './client/index.ts';
export { collectChunks, ENDPOINTS, type FollowOptions, followStream, hopByHopHeaders } from './client/index.ts';

export { type Machine, thisMachine } from './discovery/index.ts';
export {
  type CallFacts,
  type Fault,
  HOST_ERROR_CODES,
  HostError,
  type HostErrorCode,
  type HostErrorFacts,
  type HostErrorRow,
  isHostError,
  type StartFacts,
} from './errors/index.ts';
export { createHost } from './host.ts';
export { registerHostMetrics } from './host-metrics.ts';
export type { HostLogger, PluginAddress, ProcessUsage, SandboxOptions } from './launchers/index.ts';
export { defaultLimits, type LimitName, type LimitOptions, type PluginLimits } from './limits.ts';
export {
  type PluginDependencies,
  type PluginInclude,
  type PluginInfo,
  type PluginManifest,
  type PluginRoute,
  type PluginType,
  parseManifest,
} from './manifest/index.ts';
export {
  type AnswerCache,
  type CallCounts,
  type CallLoad,
  cacheCalls,
  createGrafanaChain,
  type GrafanaChainOptions,
  type KeptResource,
  keptCookies,
  type Middleware,
  measureCalls,
  type Next,
  type Outcome,
  type PluginCall,
  type RequestIdOptions,
  shareCalls,
  traceCalls,
  whenEnded,
  wrapClient,
} from './middleware/index.ts';
export type { PerPlugin } from './per-plugin.ts';
export { GRAFANA_KEY_ID, type PluginSignature, type SignaturePolicy, type SignatureType } from './signature/index.ts';
export type { LivenessPolicy, Phase, RestartPolicy } from './supervisor/index.ts';
export { openTracing, type RequestSpan, type Tracing, type TracingSettings } from './tracing/index.ts';
export type {
  HostEvent,
  HostOptions,
  LoadOptions,
  PluginDescription,
  PluginHandle,
  PluginHost,
  PluginProblem,
  ReplaceOptions,
} from './types.ts';
