import type { Identity, IdTokens } from './auth/index.ts';
import type { Config } from './config/index.ts';
import type { Logger } from './log/index.ts';
import { type PluginContexts, userAgent } from './plugins/index.ts';
import { AppProxy, createAddressGuard, DataSourceProxy, PluginRoutes, RouteTokens, Transport } from './proxy/index.ts';
import type { Store } from './store/index.ts';

export interface OpenProxiesOptions {
  readonly config: Config;
  readonly contexts: PluginContexts;
  readonly idTokens: IdTokens;
  readonly store: Store;
  readonly logger: Logger;
  readonly now: () => number;
}

/** The proxies of data sources and apps. Disposing them closes the connections that are kept. */
export interface Proxies extends Disposable {
  readonly dataSourceProxy: DataSourceProxy;
  readonly appProxy: AppProxy;
}

/** Makes the proxies that a configuration describes. */
export function openProxies({ config, contexts, idTokens, store, logger, now }: OpenProxiesOptions): Proxies {
  const { dataproxy, security, backplane } = config;
  const transport = new Transport({
    dialTimeoutMs: dataproxy.dialTimeoutMs,
    idleTimeoutMs: dataproxy.idleConnTimeoutMs,
    keepAliveMs: dataproxy.keepAliveMs,
    maxConnectionsPerHost: dataproxy.maxConnsPerHost,
    maxIdleConnections: dataproxy.maxIdleConnections,
    stallTimeoutMs: backplane.proxyStallTimeoutMs,
    guard: backplane.proxyDenyPrivate ? createAddressGuard({ allow: backplane.proxyAllowPrivate }) : undefined,
  });
  const options = {
    transport,
    tokens: new RouteTokens({ transport, now }),
    routes: new PluginRoutes(),
    contexts,
    idTokens,
    logger,
    timeoutMs: dataproxy.timeoutMs,
    sendUserHeader: dataproxy.sendUserHeader,
    userAgent: dataproxy.userAgent || userAgent(config).split(' ', 1)[0] || '',
    allowedHosts: security.dataSourceProxyWhitelist,
    sessionCookies: [config.auth.loginCookieName, `${config.auth.loginCookieName}_expiry`],
  };
  return {
    dataSourceProxy: new DataSourceProxy(options),
    appProxy: new AppProxy({ ...options, describeUser: (identity) => describeUser(store, identity, now()) }),
    [Symbol.dispose]: () => transport[Symbol.dispose](),
  };
}

/** Who asks, with the keys of Grafana's signed-in user in their order. */
async function describeUser({ db }: Store, identity: Identity, nowMs: number): Promise<unknown> {
  const org = await db.selectFrom('org').select('name').where('id', '=', identity.orgId).executeTakeFirst();
  const isServiceAccount = identity.kind === 'service-account';
  return {
    UserID: identity.userId,
    UserUID: identity.uid,
    OrgID: identity.orgId,
    OrgName: org?.name ?? '',
    OrgRole: identity.role ?? 'None',
    Login: identity.login,
    // An identity without a name has its login there; Grafana writes an empty name.
    Name: identity.name === identity.login ? '' : identity.name,
    Email: identity.email,
    EmailVerified: false,
    AuthID: '',
    AuthenticatedBy: isServiceAccount ? 'apikey' : 'password',
    Namespace: identity.orgId === 1 ? 'default' : `org-${identity.orgId}`,
    ApiKeyID: 0,
    IsServiceAccount: isServiceAccount,
    IsGrafanaAdmin: identity.isServerAdmin,
    IsAnonymous: false,
    IsDisabled: false,
    HelpFlags1: 0,
    LastSeenAt: new Date(nowMs).toISOString().replace(/\.\d+Z$/, 'Z'),
    Teams: [],
    FallbackType: identity.kind,
  };
}
