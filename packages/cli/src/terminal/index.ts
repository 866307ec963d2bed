export { createLogPrinter, visible } from './log-lines.ts';
export { suggest } from './suggest.ts';
export { EXIT, type Terminal, UsageError } from './terminal.ts';
