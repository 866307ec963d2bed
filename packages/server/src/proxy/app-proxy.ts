import type { Identity } from '../auth/index.ts';
import { ServerError } from '../errors/index.ts';
import type { ServerPlugin } from '../plugins/index.ts';
import { encodeGoPath } from '../resources/index.ts';
import { routeAccess } from './access.ts';
import { addRouteHeaders, routeBody, templateData } from './apply-route.ts';
import { type ProxyOptions, pathWithin } from './data-source-proxy.ts';
import { matchAppRoute } from './match-route.ts';
import { type ProxyAnswer, toProxyAnswer } from './proxy-answer.ts';
import { askForGzip, forwardedHeaders, type ProxyCall, replaceBody } from './proxy-call.ts';
import { decodePath } from './proxy-path.ts';
import type { RouteSettings } from './route-settings.ts';
import { fillTemplate, type TemplateData } from './template.ts';
import { parseTarget, type Target } from './upstream.ts';

/** Settings of an app as its routes see them. */
export interface AppSettings {
  readonly jsonData: string;
  readonly secureJsonData: Readonly<Record<string, string>>;
  readonly updatedAtMs: number;
}

export interface AppProxyOptions extends ProxyOptions {
  /** Who asks, for the header `X-Grafana-Context`. */
  readonly describeUser: (identity: Identity) => Promise<unknown>;
}

/** Passes requests on to where the routes of an app lead (Grafana `pkg/api/pluginproxy/pluginproxy.go`). */
export class AppProxy {
  readonly #options: AppProxyOptions;

  constructor(options: AppProxyOptions) {
    this.#options = options;
  }

  /** @throws ServerError `app_route_…`, `proxy_…`, `bad_request_path` */
  async call(call: ProxyCall, plugin: ServerPlugin, settings: AppSettings): Promise<ProxyAnswer> {
    const { routes, transport, idTokens, sendUserHeader, describeUser } = this.#options;
    const { identity, method } = call;
    const decoded = decodePath(call.rawTail);
    if (decoded === undefined) throw new ServerError('bad_request_path');
    const match = matchAppRoute(routes.of(plugin), method, decoded);
    if (match === undefined) throw new ServerError('app_route_missing');
    if (!routeAccess(identity, plugin)(match.route)) throw new ServerError('proxy_route_denied');
    const data = templateData('', settings.jsonData, settings.secureJsonData);
    const to = target(match.route, data);
    const path = pathWithin(to.path, encodeGoPath(match.rest), call.rawQuery);
    const headers = forwardedHeaders(call);
    for (const name of ['Cookie', 'Set-Cookie']) headers.delete(name);
    headers.set('X-Grafana-Context', JSON.stringify(await describeUser(identity)));
    if (sendUserHeader) headers.set('X-Grafana-User', identity.login);
    headers.set('X-Grafana-Id', idTokens.issue(identity));
    filled('app_route_headers_invalid', () => addRouteHeaders(headers, match.route, data));
    const body = filled('app_route_body_invalid', () => routeBody(match.route, data));
    headers.set('Host', to.host);
    if (body !== undefined) replaceBody(headers, body);
    const unzips = askForGzip(headers, method);
    const upstream = { method, scheme: to.scheme, host: to.host, path, headers: headers.entries() };
    const send = {
      pool: `app ${plugin.id} ${identity.orgId}`,
      tls: { skipVerify: false },
      timeoutMs: this.#options.timeoutMs,
      signal: call.signal,
    };
    return await toProxyAnswer(await transport.send(upstream, body ?? call.body, send), { method, unzips, keepsCaching: false });
  }
}

function target(route: RouteSettings, data: TemplateData): Target {
  const url = filled('app_route_url_invalid', () => fillTemplate(route.url, data));
  const to = parseTarget(url);
  if (to === undefined) throw new ServerError('app_route_url_unreadable');
  return to;
}

function filled<T>(code: 'app_route_url_invalid' | 'app_route_headers_invalid' | 'app_route_body_invalid', work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new ServerError(code, {}, { cause });
  }
}
