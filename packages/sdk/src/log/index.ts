import { createLogger, type Logger, logLevelFrom } from './logger.ts';
import { writeStderr } from './stderr.ts';

export { guardOutput } from './guard-output.ts';
export { createLogger, type LogFields, type Logger, type LogLevel } from './logger.ts';
export { writeStderr } from './stderr.ts';

/** The plugin's logger, for code outside of calls; inside of a call `ctx.log` names the data source too. */
export const log: Logger = createLogger({ write: writeStderr, level: logLevelFrom(process.env) });
