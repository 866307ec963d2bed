/**
 * Where the host tells what happens. Lines of a plugin carry the field `logger: 'plugin.<id>'`; control characters are made
 * visible in their messages, ends of lines are not, and their fields are as the plugin wrote them.
 */
export interface HostLogger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Keeps quiet. */
export const silentLogger: HostLogger = { debug() {}, info() {}, warn() {}, error() {} };
