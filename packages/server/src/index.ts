export type { FirstAdmin } from './auth/index.ts';
export { type CheckResult, type CheckServerOptions, checkServer, type Finding } from './check-server.ts';
export {
  CONFIG_SECTIONS,
  type Config,
  type ConfigFlags,
  type Environment,
  type LoadConfigOptions,
  loadConfig,
  Secret,
} from './config/index.ts';
export {
  type ErrorReply,
  type Fault,
  isServerError,
  SERVER_ERROR_CODES,
  ServerError,
  type ServerErrorCode,
  type ServerErrorRow,
} from './errors/index.ts';
export { createLogger, type LogFields, type Logger, type LoggerOptions, type LogLevel } from './log/index.ts';
export type { ServerPlugin, ServerPluginHost } from './plugins/index.ts';
export { type RotateSecretsOptions, rotateSecrets } from './rotate-secrets.ts';
export type { Rotation } from './secrets/index.ts';
export { type RunningServer, type StartServerOptions, startServer } from './start-server.ts';
export { type BackupFacts, backupStore, makeFolder } from './store/index.ts';
