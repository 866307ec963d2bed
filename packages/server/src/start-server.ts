import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { createGrafanaChain, type Middleware } from '@backplane/host';
import type { FastifyInstance } from 'fastify';
import { Registry } from 'prom-client';
import {
  Authenticator,
  createFirstAdmin,
  createIdTokens,
  createPasswords,
  type FirstAdmin,
  LoginAttempts,
  Orgs,
  Preferences,
  ServiceAccounts,
  Sessions,
  Users,
} from './auth/index.ts';
import type { Config, Environment } from './config/index.ts';
import { DataSources, provisionDataSources } from './datasources/index.ts';
import { isServerError, ServerError } from './errors/index.ts';
import { createApp, type Services } from './http/index.ts';
import { createLogger, type Logger } from './log/index.ts';
import { openCache } from './open-cache.ts';
import { openPluginHost } from './open-plugin-host.ts';
import { openProxies } from './open-proxies.ts';
import { openServerTracing } from './open-tracing.ts';
import { PluginCatalog, PluginContexts, PluginSettings, provisionPlugins, type ServerPluginHost } from './plugins/index.ts';
import { QueryService } from './query/index.ts';
import { ResourceService } from './resources/index.ts';
import { openSecretBox } from './secrets/index.ts';
import { lockStore, openStore, type Store } from './store/index.ts';

/** How to start a server; what is left out comes from the configuration. */
export interface StartServerOptions {
  readonly config: Config;
  /**
   * Runs the plugins; the server takes it over and disposes it. Without one it is made from the configuration. One that is
   * made by a function gets what is to be done to every call.
   */
  readonly host?: ServerPluginHost | ((middleware: readonly Middleware[]) => ServerPluginHost) | undefined;
  readonly logger?: Logger | undefined;
  /** More provisioning folders, applied after `[paths] provisioning`. */
  readonly extraProvisioning?: readonly string[] | undefined;
  /** Absolute path of the folder with plugins that ship with Backplane: they are loaded too, and the API counts them as core. */
  readonly corePluginsFolder?: string | undefined;
  /** Variables for provisioning files, those of the process by default. */
  readonly env?: Environment | undefined;
  /** Ends the wait for plugins that start; the start fails with its reason then. */
  readonly signal?: AbortSignal | undefined;
  readonly now?: (() => number) | undefined;
  /** Takes what is wrong with provisioning files; without it the start fails at the first. */
  readonly onProvisioningError?: ((error: ServerError) => void) | undefined;
  /** Cost of password hashes; tests take a small one. */
  readonly passwordCost?: number | undefined;
}

/** A server that listens. Closing it finishes calls in flight, stops the plugins and closes the database. */
export interface RunningServer extends AsyncDisposable {
  readonly address: { readonly host: string; readonly port: number; readonly url: string };
  /** Set by the very first start; show the generated password once. */
  readonly firstAdmin: FirstAdmin | undefined;
  /** The plugins, and those that could not be loaded. */
  readonly catalog: Pick<PluginCatalog, 'list' | 'problems'>;
  close(): Promise<void>;
}

/** Everything but the port: what tests talk to. */
export interface PreparedServer extends AsyncDisposable {
  readonly app: FastifyInstance;
  readonly services: Services;
  /** Tells plugins and tokens under which address clients reach this server, when the configuration does not. */
  setUrl(url: string): void;
  close(): Promise<void>;
}

/**
 * Starts the server: opens the store, loads plugins, applies provisioning, listens, makes the first administrator.
 * When a step fails, those before it are undone.
 *
 * @throws ServerError of the start, and what the plugin host throws when its folder is missing
 */
export async function startServer(options: StartServerOptions): Promise<RunningServer> {
  const { config } = options;
  const opened = Promise.withResolvers<void>();
  opened.promise.catch(() => undefined); // rejected for requests that wait; there may be none
  const prepared = await prepareServer(options, opened.promise);
  const { httpAddr, httpPort } = config.server;
  let firstAdmin: FirstAdmin | undefined;
  try {
    await prepared.app.listen({ host: httpAddr, port: httpPort });
  } catch (cause) {
    await prepared.close();
    const detail = `${httpAddr}:${httpPort} cannot be listened on: ${(cause as Error).message}; choose another [server] http_port or http_addr`;
    throw new ServerError('listen_failed', { host: httpAddr, port: httpPort, detail }, { cause });
  }
  try {
    // Last, because a generated password is told only once: a start that fails must not have made it.
    firstAdmin = await createFirstAdmin(prepared.services.users, config.security);
    opened.resolve();
  } catch (error) {
    opened.reject(error);
    await prepared.close();
    throw error;
  }
  const { port } = prepared.app.server.address() as AddressInfo;
  const url = `http://${httpAddr.includes(':') ? `[${httpAddr}]` : httpAddr}:${port}`;
  prepared.setUrl(url);
  prepared.services.logger.info('Server listens', { url, plugins: prepared.services.catalog.list().length });
  const { close } = prepared;
  return { address: { host: httpAddr, port, url }, firstAdmin, catalog: prepared.services.catalog, close, [Symbol.asyncDispose]: close };
}

/**
 * Builds the server without listening.
 *
 * @param opened requests that come earlier wait for it
 */
export async function prepareServer(options: StartServerOptions, opened?: Promise<void>): Promise<PreparedServer> {
  const { config, signal, corePluginsFolder, now = Date.now, env = process.env } = options;
  const logger = options.logger ?? createLogger({ level: config.log.level });
  warnAboutUnusedKeys(config, logger);
  await using started = new AsyncDisposableStack();
  // Undone backwards: first no more requests, then no more plugins, then the database.
  let lock: Disposable | undefined;
  let store: Store | undefined;
  started.defer(async () => {
    await store?.close();
    lock?.[Symbol.dispose]();
  });
  if (options.host !== undefined && typeof options.host !== 'function') started.use(options.host);
  lock = lockStore(config.database.path);
  store = openStore(config.database.path);
  const secrets = await openSecretBox(store.db, { secretKey: config.security.secretKey, dataFolder: config.paths.data, now });
  const passwords = createPasswords({ cost: options.passwordCost, now });
  const users = new Users(store, passwords, now);
  const orgs = new Orgs(store, now);
  await orgs.ensureMain();
  const serviceAccounts = new ServiceAccounts(store, now);
  const { maxInactiveLifetimeMs: maxInactiveMs, maxLifetimeMs, tokenRotationMinutes } = config.auth;
  const sessions = new Sessions({ store, maxInactiveMs, maxLifetimeMs, rotationMs: tokenRotationMinutes * 60_000, now });

  let appUrl = config.server.rootUrl;
  const issuer = appUrl === '' ? `http://${config.server.domain}:${config.server.httpPort}/` : appUrl;
  const idTokens = await createIdTokens({ store, secrets, issuer, now });
  const metrics = new Registry();
  const tracing = await openServerTracing(config, logger);
  if (tracing !== undefined) started.use(tracing);
  const { cache, settings: cacheSettings } = await openCache({ config, store, logger, metrics, now, lifetime: started });
  const middleware = createGrafanaChain({
    registry: metrics,
    sendUserHeader: config.dataproxy.sendUserHeader,
    sessionCookies: [config.auth.loginCookieName, `${config.auth.loginCookieName}_expiry`],
    ...(config.caching.enabled && { cache, sharedKey: (call) => cache.sharedKey(call) }),
  });
  const host = await openHost();
  const catalog = new PluginCatalog(host, corePluginsFolder);
  const dataSources = new DataSources({ store, secrets, limit: config.datasources.datasourceLimit, now });
  const pluginSettings = new PluginSettings({ store, secrets, now });
  const folders = [...new Set([config.paths.provisioning, ...(options.extraProvisioning ?? [])])];
  const provision = { folders, env, logger };
  const reload = {
    datasources: () => provisionDataSources({ ...provision, dataSources }),
    plugins: () => provisionPlugins({ ...provision, catalog, pluginSettings }),
  };
  for (const apply of [reload.datasources, reload.plugins]) {
    await apply().catch((error: unknown) => {
      if (!isServerError(error) || options.onProvisioningError === undefined) throw error;
      options.onProvisioningError(error);
    });
  }

  async function openHost(): Promise<ServerPluginHost> {
    if (options.host === undefined)
      return started.use(await openPluginHost(config, logger, { signal, metrics, middleware, tracing, corePluginsFolder }));
    return typeof options.host === 'function' ? started.use(options.host(middleware)) : options.host;
  }

  const contexts = new PluginContexts({
    config,
    dataSources,
    pluginSettings,
    store,
    appUrl: () => appUrl || issuer,
  });
  const concurrency = config.query.concurrentQueryLimit;
  const { disableBruteForceProtection, bruteForceMaxAttempts } = config.security;
  const attempts = new LoginAttempts({ isEnabled: !disableBruteForceProtection, maxAttempts: bruteForceMaxAttempts, now });
  let phase: ReturnType<Services['phase']> = opened === undefined ? 'ready' : 'starting';
  opened?.then(
    () => {
      if (phase === 'starting') phase = 'ready';
    },
    () => undefined, // whoever starts the server hears of it
  );
  const services: Services = {
    config,
    logger,
    metrics,
    tracing,
    store,
    users,
    orgs,
    serviceAccounts,
    sessions,
    preferences: new Preferences(store, now),
    authenticator: new Authenticator({
      ...{ users, serviceAccounts, sessions, passwords, attempts, store, logger, now },
      isBasicEnabled: config.authBasic.enabled,
    }),
    idTokens,
    dataSources,
    catalog,
    pluginSettings,
    cache,
    cacheSettings,
    contexts,
    queries: new QueryService({ dataSources, catalog, contexts, idTokens, concurrency, cache, logger }),
    resources: new ResourceService({ contexts, idTokens, cache }),
    ...started.use(openProxies({ config, contexts, idTokens, store, logger, now })),
    reload,
    now,
    phase: () => phase,
  };
  const app = await createApp(services, opened);
  started.defer(async () => {
    phase = 'stopping';
    await delay(config.backplane.shutdownDelayMs);
    await closeApp(app, config.backplane.shutdownTimeoutMs);
  });

  const lifetime = started.move();
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= lifetime.disposeAsync();
    return closing;
  };
  return {
    app,
    services,
    close,
    setUrl(url) {
      if (config.server.rootUrl === '') appUrl = `${url}/`;
    },
    [Symbol.asyncDispose]: close,
  };
}

function warnAboutUnusedKeys({ unusedKeys }: Config, logger: Logger): void {
  if (unusedKeys.length > 0) logger.warn('These configuration keys are set but not followed', { keys: unusedKeys.join(', ') });
}

/** Takes no new requests, lets those in flight finish for a while, then breaks them off. */
async function closeApp(app: FastifyInstance, timeoutMs: number): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), timeoutMs);
  try {
    await app.close();
  } finally {
    clearTimeout(timer);
  }
}
