import { ProtocolError } from '../errors/index.ts';

/** Version of go-plugin's own protocol. */
export const CORE_PROTOCOL_VERSION = 1;
/** Version of Grafana's plugin protocol, `pluginv2`. */
export const APP_PROTOCOL_VERSION = 2;

/** The cookie: the same for plugins of every type. It tells a plugin that a host started it; it is no secret. */
const COOKIE = { name: 'grafana_plugin_type', value: 'datasource' } as const;

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What a host may tell its plugins. */
export interface HostEnvironmentOptions {
  /** Lowest port for plugins that listen on TCP, 10 000 by default as in go-plugin. */
  readonly minPort?: number;
  /** Highest port, 25 000 by default. */
  readonly maxPort?: number;
  /** Folder for the plugin's socket; without it the plugin takes the folder for temporary files. */
  readonly socketDir?: string | undefined;
  /** PEM of the host's certificate, which asks the plugin for AutoMTLS. */
  readonly clientCert?: string | undefined;
}

/** The variables that a host adds to a plugin's environment. They go last, so that nothing overrides them. */
export function hostEnvironment({
  minPort = 10_000,
  maxPort = 25_000,
  socketDir,
  clientCert,
}: HostEnvironmentOptions = {}): Record<string, string> {
  return {
    [COOKIE.name]: COOKIE.value,
    PLUGIN_MIN_PORT: String(minPort),
    PLUGIN_MAX_PORT: String(maxPort),
    PLUGIN_PROTOCOL_VERSIONS: String(APP_PROTOCOL_VERSION),
    ...(socketDir === undefined ? {} : { PLUGIN_UNIX_SOCKET_DIR: socketDir }),
    ...(clientCert === undefined ? {} : { PLUGIN_CLIENT_CERT: clientCert }),
  };
}

/**
 * Makes sure that a host started this process, not a person.
 *
 * @throws ProtocolError `cookie_missing`, whose message is for stderr before exit code 1; stdout stays empty
 */
export function checkCookie(env: Environment): void {
  if (env[COOKIE.name] !== COOKIE.value) throw new ProtocolError('cookie_missing', undefined);
}

/**
 * The version that a plugin answers with: 2 is the only one there is.
 *
 * A host that lists others, garbage or nothing gets the same answer, as from genuine plugins, and complains itself.
 */
export function negotiateVersion(_env: Environment): typeof APP_PROTOCOL_VERSION {
  return APP_PROTOCOL_VERSION;
}
