import { keptCookies } from '@backplane/host';
import type { IdTokens } from '../auth/index.ts';
import { type DataSource, isParsableUrl } from '../datasources/index.ts';
import { describeError, ServerError } from '../errors/index.ts';
import type { Logger } from '../log/index.ts';
import type { PluginContexts, ServerPlugin } from '../plugins/index.ts';
import { routeAccess } from './access.ts';
import { addRouteHeaders, requestPath, routeBody, routeQuery, templateData } from './apply-route.ts';
import { applyCustomHeaders, type DataSourceClient, readDataSourceClient } from './data-source-client.ts';
import { matchDataSourceRoute } from './match-route.ts';
import type { PluginRoutes } from './plugin-routes.ts';
import { credentialsRefused, type ProxyAnswer, toProxyAnswer } from './proxy-answer.ts';
import { askForGzip, basicAuthorization, forwardedHeaders, type ProxyCall, replaceBody } from './proxy-call.ts';
import { cleanPath, climbsOut } from './proxy-path.ts';
import type { RouteSettings } from './route-settings.ts';
import type { RouteTokens } from './route-tokens.ts';
import { fillTemplate, type TemplateData } from './template.ts';
import type { SendOptions, Transport } from './transport.ts';
import { type HeaderSet, parseTarget, type Target } from './upstream.ts';

/** What both proxies need. */
export interface ProxyOptions {
  readonly transport: Transport;
  readonly tokens: RouteTokens;
  readonly routes: PluginRoutes;
  readonly contexts: PluginContexts;
  readonly idTokens: IdTokens;
  readonly logger: Logger;
  /** Until the headers of an answer, unless the data source says otherwise. */
  readonly timeoutMs: number;
  readonly sendUserHeader: boolean;
  /** `User-Agent` of requests to data sources. */
  readonly userAgent: string;
  /** Hosts, with their ports, that data sources may be at; empty for any. */
  readonly allowedHosts: readonly string[];
  readonly sessionCookies: readonly string[];
}

const elasticsearch = new Set(['elasticsearch']);
const prometheus = new Set(['prometheus', 'grafana-amazonprometheus-datasource', 'grafana-azureprometheus-datasource']);

/** Passes requests on to the URL of a data source, with its credentials (Grafana `pkg/api/pluginproxy/ds_proxy.go`). */
export class DataSourceProxy {
  readonly #options: ProxyOptions;

  constructor(options: ProxyOptions) {
    this.#options = options;
  }

  /** @throws ServerError `data_source_target_invalid`, `proxy_…` */
  async call(call: ProxyCall, dataSource: DataSource, plugin: ServerPlugin): Promise<ProxyAnswer> {
    const { transport, contexts, sessionCookies } = this.#options;
    const target = isParsableUrl(dataSource.url) ? parseTarget(dataSource.url) : undefined;
    if (target === undefined) throw new ServerError('data_source_target_invalid', { url: JSON.stringify(dataSource.url) });
    this.#assertAllowed(target.host);
    const route = this.#route(call, dataSource, plugin);
    const secrets = await contexts.secretsOfDataSource(dataSource);
    const client = readDataSourceClient(dataSource, secrets);
    const headers = forwardedHeaders(call);
    const cookies = keptCookies(headers.get('Cookie'), client.keepCookies, sessionCookies);
    headers.delete('Cookie');
    if (cookies !== '') headers.set('Cookie', cookies);
    setCredentials(headers, dataSource, secrets);
    headers.set('User-Agent', this.#options.userAgent);
    const send: SendOptions = {
      pool: `${dataSource.id} ${dataSource.updatedAtMs}`,
      tls: client.tls,
      timeoutMs: client.timeoutMs ?? this.#options.timeoutMs,
      signal: call.signal,
    };
    const data = templateData(dataSource.url, dataSource.jsonData, secrets);
    const request = { call, dataSource, target, headers, send };
    const { to, path, body } = route === undefined ? passOn(request, secrets) : await this.#applyRoute(request, route, data);
    this.#identify(headers, call);
    return await this.#send({ to, path, body, headers, client, call, send }, transport);
  }

  async #send(
    {
      to,
      path,
      body,
      headers,
      client,
      call,
      send,
    }: Destination & { headers: HeaderSet; client: DataSourceClient; call: ProxyCall; send: SendOptions },
    transport: Transport,
  ): Promise<ProxyAnswer> {
    headers.set('Host', to.host);
    applyCustomHeaders(headers, client);
    if (body !== undefined) replaceBody(headers, body);
    const unzips = askForGzip(headers, call.method);
    const upstream = { method: call.method, scheme: to.scheme, host: to.host, path, headers: headers.entries() };
    const answer = await transport.send(upstream, body ?? call.body, send);
    if (answer.statusCode === 401) {
      answer.resume();
      return credentialsRefused();
    }
    return await toProxyAnswer(answer, { method: call.method, unzips, keepsCaching: true });
  }

  #assertAllowed(host: string): void {
    const { allowedHosts } = this.#options;
    if (host !== '' && allowedHosts.length > 0 && !allowedHosts.includes(host)) throw new ServerError('proxy_host_not_allowed', { host });
  }

  #route({ identity, method, rawTail }: ProxyCall, { type }: DataSource, plugin: ServerPlugin): RouteSettings | undefined {
    if (elasticsearch.has(type)) assertElasticsearch(method, rawTail);
    const match = matchDataSourceRoute(this.#options.routes.of(plugin), method, rawTail, routeAccess(identity, plugin));
    if (match.kind === 'denied') throw new ServerError('proxy_route_denied');
    if (match.kind === 'route') return match.route;
    if (prometheus.has(type) && ['DELETE', 'PUT', 'POST'].includes(method)) {
      throw new ServerError('proxy_method_denied', { text: `non allow-listed ${method}s not allowed on proxied Prometheus datasource` });
    }
    return undefined;
  }

  /** As in Grafana, what of a route cannot be filled in is left out, and the log says so. */
  async #applyRoute({ call, dataSource, target, headers, send }: Outgoing, route: RouteSettings, data: TemplateData): Promise<Destination> {
    const attempt = <T>(what: string, work: () => T): T | undefined => {
      try {
        return work();
      } catch (error) {
        this.#options.logger.warn('A route of a data source cannot be filled in', {
          uid: dataSource.uid,
          route: route.path,
          what,
          error: describeError(error),
        });
        return undefined;
      }
    };
    const plain = { to: target, path: pathWithin(target.path, call.rawTail, call.rawQuery) };
    const url = route.url === '' ? dataSource.url : attempt('url', () => fillTemplate(route.url, data));
    const to = url === undefined ? undefined : parseTarget(url);
    if (to === undefined) return plain;
    const rest = route.url === '' ? call.rawTail : withoutStart(call.rawTail, route.path);
    const query = attempt('urlParams', () => routeQuery(call.rawQuery, route, data)) ?? call.rawQuery;
    attempt('headers', () => addRouteHeaders(headers, route, data));
    const body = attempt('body', () => routeBody(route, data));
    const version = `${dataSource.id} ${dataSource.updatedAtMs}`;
    const token = await this.#options.tokens.get(route, data, { version, send }).catch((error: unknown) => {
      attempt('token', () => {
        throw error;
      });
    });
    if (token !== undefined) headers.set('Authorization', `Bearer ${token}`);
    return { to, path: pathWithin(to.path, rest, query), body };
  }

  #identify(headers: HeaderSet, { identity }: ProxyCall): void {
    if (this.#options.sendUserHeader) headers.set('X-Grafana-User', identity.login);
    headers.set('X-Grafana-Id', this.#options.idTokens.issue(identity));
  }
}

interface Outgoing {
  readonly call: ProxyCall;
  readonly dataSource: DataSource;
  readonly target: Target;
  readonly headers: HeaderSet;
  readonly send: SendOptions;
}

interface Destination {
  readonly to: Target;
  readonly path: string;
  /** Takes the place of the client's. */
  readonly body?: Uint8Array | undefined;
}

/** Without a route: the path behind that of the data source. InfluxDB has its credentials in places of its own. */
function passOn({ call, dataSource, target, headers }: Outgoing, secrets: Readonly<Record<string, string>>): Destination {
  if (dataSource.type === 'influxdb' && !dataSource.basicAuth && headers.get('Authorization') === '')
    headers.set('Authorization', basicAuthorization(dataSource.user, secrets.password ?? ''));
  return { to: target, path: pathWithin(target.path, call.rawTail, call.rawQuery) };
}

function setCredentials(headers: HeaderSet, dataSource: DataSource, secrets: Readonly<Record<string, string>>): void {
  if (dataSource.basicAuth) headers.set('Authorization', basicAuthorization(dataSource.basicAuthUser, secrets.basicAuthPassword ?? ''));
  const own = headers.get('X-DS-Authorization');
  headers.delete('X-DS-Authorization');
  if (own !== '') headers.set('Authorization', own);
}

/** @throws ServerError `proxy_path_climbs` when dots lead out of the base */
export function pathWithin(base: string, rest: string, query: string): string {
  if (cleanPath(base) !== '' && climbsOut(rest)) throw new ServerError('proxy_path_climbs');
  return requestPath(base, rest, query);
}

function withoutStart(text: string, start: string): string {
  return text.startsWith(start) ? text.slice(start.length) : text;
}

function assertElasticsearch(method: string, path: string): void {
  if (method === 'DELETE')
    throw new ServerError('proxy_method_denied', { text: 'deletes not allowed on proxied Elasticsearch datasource' });
  if (method === 'PUT') throw new ServerError('proxy_method_denied', { text: 'puts not allowed on proxied Elasticsearch datasource' });
  if (method === 'POST' && path !== '_msearch')
    throw new ServerError('proxy_method_denied', { text: 'posts not allowed on proxied Elasticsearch datasource except on /_msearch' });
}
