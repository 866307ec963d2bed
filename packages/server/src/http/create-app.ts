import { type FastifyInstance, type FastifyReply, fastify } from 'fastify';
import { addAccessControl } from './access.ts';
import { toRoutableUrl } from './address.ts';
import { addAdmin } from './admin.ts';
import { addBodyParser } from './body.ts';
import { addCompression } from './compression.ts';
import { addCsrfCheck } from './csrf.ts';
import { addDataSources } from './data-sources.ts';
import { addDefaultHeaders } from './default-headers.ts';
import { addErrorHandler } from './errors.ts';
import { addFrontendSettings } from './frontend-settings.ts';
import { addLogin } from './login.ts';
import { addMetrics } from './metrics.ts';
import { addNotFound } from './not-found.ts';
import { addOpenApi } from './openapi.ts';
import { addOrgs } from './orgs.ts';
import { addPluginHealth } from './plugin-health.ts';
import { addPluginResources } from './plugin-resources.ts';
import { addPlugins } from './plugins.ts';
import { addPreferences } from './preferences.ts';
import { addProxies } from './proxies.ts';
import { addPublicFiles } from './public-files.ts';
import { addQuery } from './query.ts';
import { addQueryCache } from './query-cache.ts';
import { createClientErrorHandler, refuseExpectations } from './raw-answers.ts';
import { sendBadRequest } from './reply.ts';
import { addServerHealth } from './server-health.ts';
import { addServiceAccounts } from './service-accounts.ts';
import type { Services } from './services.ts';
import { addTracing } from './tracing.ts';
import { addUser } from './user.ts';
import { addUsers } from './users.ts';

const families = [
  addServerHealth,
  addMetrics,
  addDataSources,
  addPluginHealth,
  addPluginResources,
  addPlugins,
  addPublicFiles,
  addQuery,
  addLogin,
  addUser,
  addUsers,
  addOrgs,
  addPreferences,
  addServiceAccounts,
  addAdmin,
  addFrontendSettings,
  addProxies,
  addQueryCache,
];

/** Asked while a server starts as well, and not to wait for that. */
const probes: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

/**
 * The HTTP API over these services, not yet listening. Each route family is encapsulated.
 *
 * @param opened requests that come earlier wait for it
 */
export async function createApp(services: Services, opened?: Promise<void>): Promise<FastifyInstance> {
  const { config } = services;
  const app = fastify({
    logger: false,
    bodyLimit: config.backplane.maxRequestBodyBytes,
    requestTimeout: config.server.readTimeoutMs,
    http: senderLimits(config.server.readTimeoutMs),
    forceCloseConnections: 'idle',
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 4096 },
    rewriteUrl: ({ url = '/' }) => toRoutableUrl(url),
    clientErrorHandler: createClientErrorHandler(config),
    // Before routing: the address holds an escape that cannot be decoded. Go's server answers so by itself.
    frameworkErrors: (_error, _request, reply) => sendBadRequest(reply as FastifyReply),
  });
  if (opened !== undefined) waitUntil(app, opened);
  closeSilentConnections(app, config.server.readTimeoutMs);
  refuseExpectations(app.server, config);
  addBodyParser(app);
  addErrorHandler(app, services);
  addCsrfCheck(app, services);
  addDefaultHeaders(app, services);
  addTracing(app, services);
  addCompression(app, services);
  addAccessControl(app, services);
  addOpenApi(app, services);
  addNotFound(app);
  for (const addFamily of families) app.register(async (scope) => addFamily(scope, services));
  await app.ready();
  return app;
}

/** Holds requests back until the server has opened. */
function waitUntil(app: FastifyInstance, opened: Promise<void>): void {
  let isOpen = false;
  opened.then(
    () => {
      isOpen = true;
    },
    () => undefined, // whoever waits hears of it
  );
  app.addHook('onRequest', ({ url }, _reply, done) => {
    if (isOpen || probes.has(url)) done();
    else opened.then(() => done(), done);
  });
}

/** How long Node waits for a head, and how often it looks for senders that are late; 0 is no limit. */
function senderLimits(readTimeoutMs: number) {
  if (readTimeoutMs === 0) return {};
  const [longestHeadMs, longestPauseMs] = [60_000, 30_000];
  return { headersTimeout: Math.min(readTimeoutMs, longestHeadMs), connectionsCheckingInterval: Math.min(readTimeoutMs, longestPauseMs) };
}

/** Node's time for a request begins with its first byte: a connection that never sends one would stay for ever. */
function closeSilentConnections({ server }: FastifyInstance, timeoutMs: number): void {
  if (timeoutMs === 0) return;
  server.on('connection', (socket) => {
    const timer = setTimeout(() => {
      if (socket.bytesRead === 0) socket.destroy();
    }, timeoutMs).unref();
    socket.once('close', () => clearTimeout(timer));
  });
}
