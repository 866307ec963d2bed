export type { LogEntry, LogLevel } from './entry.ts';
export { formatLogLine } from './format-log-line.ts';
export { LogLineParser, MAX_LOG_LINE_BYTES, parseLogLine } from './parse-log-line.ts';
export { readLines } from './read-lines.ts';
