import { Agent, buildConnector, type Dispatcher, ProxyAgent } from 'undici';
import type { HttpSettings } from './http-settings.ts';
import { readProxyRules } from './proxy-rules.ts';
import { createTlsContext } from './tls-context.ts';

/** The connections of one client. */
export interface Transport extends AsyncDisposable {
  /**
   * The way of one request and its redirects.
   *
   * @param secretHeaders names, in small letters, of headers that no other origin may get
   */
  route(origin: string, secretHeaders: readonly string[]): Dispatcher;
}

/**
 * Opens the connections of one data source: directly, or by the proxies of the environment.
 *
 * @throws PluginError status 400 for certificates that cannot be used
 */
export function createTransport(settings: HttpSettings, env: Readonly<Record<string, string | undefined>>): Transport {
  const { timeouts, tls } = settings;
  const proxyOf = readProxyRules(env);
  const tlsContext = lazily(() => createTlsContext(tls, env));
  // What is wrong with the certificates of the settings is said now; the roots of the machine can wait for a connection.
  if (tls !== undefined) tlsContext();
  const connectOptions = () => ({
    timeout: timeouts.connectMs,
    keepAlive: timeouts.keepAliveMs > 0,
    keepAliveInitialDelay: timeouts.keepAliveMs,
    allowH2: false,
    secureContext: tlsContext(),
    rejectUnauthorized: tls?.skipVerify !== true,
    ...(tls?.serverName === undefined ? {} : { servername: tls.serverName }),
  });
  const connector = lazily(() => buildConnector(connectOptions()));
  const connect: buildConnector.connector = (options, callback) => {
    try {
      connector()(options, callback);
    } catch (error) {
      callback(error as Error, null);
    }
  };
  const common = {
    // As Go's transport with settings of its own: HTTP/1.1.
    allowH2: false,
    connections: timeouts.maxConnectionsPerHost || null,
    keepAliveTimeout: timeouts.idleMs || 1,
    keepAliveMaxTimeout: timeouts.idleMs || 1,
    // The whole request has a limit of its own.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  const openProxy = (uri: string): Dispatcher =>
    new ProxyAgent({
      ...common,
      uri,
      requestTls: connectOptions(),
      proxyTls: { secureContext: createTlsContext(undefined, env), timeout: timeouts.connectMs },
      connectTimeout: timeouts.connectMs,
    });
  const agents = new Map<string, Dispatcher>();
  const agentFor = (origin: string): Dispatcher => {
    const proxy = proxyOf(new URL(origin));
    let agent = agents.get(proxy ?? '');
    if (agent === undefined) {
      agent = proxy === undefined ? new Agent({ ...common, connect }) : openProxy(proxy);
      agents.set(proxy ?? '', agent);
    }
    return agent;
  };
  return {
    route(first, secretHeaders) {
      const dispatch: Dispatcher['dispatch'] = (options, handler) => {
        const origin = String(options.origin);
        const isElsewhere = new URL(origin).origin !== first;
        const headers = isElsewhere ? withoutHeaders(options.headers, secretHeaders) : options.headers;
        return agentFor(origin).dispatch({ ...options, headers: headers ?? null }, handler);
      };
      return { dispatch } as Dispatcher;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...agents.values()].map((agent) => agent.destroy()));
    },
  };
}

/** `fetch` drops some headers when a redirect leaves the origin; those that the settings say are secrets too. */
function withoutHeaders(headers: Dispatcher.DispatchOptions['headers'], names: readonly string[]): Dispatcher.DispatchOptions['headers'] {
  if (headers === null || headers === undefined || Array.isArray(headers) || Symbol.iterator in headers) return headers ?? null;
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name.toLowerCase())));
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
