/** Where the host tells what happens. Lines of a plugin carry the field `logger: 'plugin.<id>'`. */
export interface HostLogger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Keeps quiet. */
export const silentLogger: HostLogger = { debug() {}, info() {}, warn() {}, error() {} };
