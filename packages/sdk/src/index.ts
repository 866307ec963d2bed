export * from '@backplane/frames';
export type { AdmissionAnswer, AdmissionHandlers, AdmissionRequest, GroupVersionKind, MutationAnswer } from './admission.ts';
export type { Cache } from './cache.ts';
export { currentContext } from './call-scope.ts';
export type { Endpoint, GrafanaConfig, PluginContext, RequestContext, User } from './context.ts';
export type { ConversionHandler, ConversionRequest, QueryConversionHandler, StoredObject } from './conversion.ts';
export {
  type AppDeclaration,
  appPlugin,
  type DataSourceDeclaration,
  dataSource,
  type QueryHandlers,
  type QueryModels,
  type SettingsDeclaration,
} from './declare.ts';
export {
  DownstreamError,
  type ErrorSource,
  errorSourceFromStatus,
  PluginError,
  SdkError,
  type SdkErrorCode,
  type SourcedErrorOptions,
  sdkErrorCodes,
} from './errors.ts';
export type { GrafanaVersion } from './grafana-version.ts';
export type { HealthHandler, HealthResult } from './health.ts';
export { type LogFields, type Logger, type LogLevel, log } from './log/index.ts';
export {
  type Counter,
  type ForeignRegistry,
  type Gauge,
  type Histogram,
  type HistogramOptions,
  type MetricOptions,
  type MetricsRegistry,
  metrics,
} from './metrics/index.ts';
export type { CallOutcome, Middleware } from './middleware.ts';
export type { CreateContext, InstanceOptions, Plugin } from './plugin.ts';
export type { Query, QueryHandler, QueryOutput, TimeRange } from './query/index.ts';
export type { ResourceFactory, ResourceHandler } from './resources.ts';
export type { JsonObject, SchemaOutput, StandardIssue, StandardResult, StandardSchema } from './schema.ts';
export { type ServeOptions, serve, spawnProgram } from './serve/index.ts';
export type { AppSettings, DataSourceSettings, SecureSettings } from './settings.ts';
export type { PathParams, StreamAnswer, StreamHandlers, StreamItem, Streams } from './streams/index.ts';
