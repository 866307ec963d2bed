import { early, empty, type ServerErrorRow, traced } from './reply-shapes.ts';

/** Codes of the proxies of data sources and apps. */
export const PROXY_ERROR_CODES = {
  data_source_target_invalid: {
    fault: 'caller',
    description: 'The URL of a data source whose requests are proxied cannot be parsed.',
    reply: traced(400, 'Invalid data source URL: {url}'),
  },
  data_source_missing_proxy: {
    fault: 'caller',
    description: 'A proxied request names a data source that is not there.',
    reply: traced(404, 'Unable to find datasource'),
  },
  data_source_id_invalid_proxy: {
    fault: 'caller',
    description: 'The id in a proxied request is not a number.',
    reply: traced(400, 'id is invalid'),
  },
  data_source_plugin_missing_proxy: {
    fault: 'caller',
    description: 'The plugin of a data source whose requests are proxied is not loaded.',
    reply: early(404, 'Unable to find datasource plugin'),
  },
  proxy_route_denied: {
    fault: 'caller',
    description: 'A route of the plugin is not for the role of the account, under any spelling of the path.',
    reply: early(403, 'plugin proxy route access denied'),
  },
  proxy_method_denied: {
    fault: 'caller',
    description: 'This kind of data source is only read through the proxy.',
    reply: early(403, '{text}'),
  },
  proxy_host_not_allowed: {
    fault: 'caller',
    description: 'The host is not in `[security] data_source_proxy_whitelist`.',
    reply: early(403, 'Data proxy hostname and ip are not included in whitelist'),
  },
  proxy_target_denied: {
    fault: 'caller',
    description: 'The host has no public address, and `[backplane] proxy_deny_private` is set; exceptions go into `proxy_allow_private`.',
    reply: early(403, 'The address of the data source is not public'),
  },
  proxy_path_climbs: {
    fault: 'caller',
    description: 'Dots in the path of a proxied request lead out of the URL that it belongs to.',
    reply: early(403, 'The path leaves the URL that it belongs to'),
  },
  proxy_header_invalid: {
    fault: 'caller',
    description: 'A setting or a route makes a header that HTTP cannot carry.',
    reply: early(400, 'Failed to set a header of the request'),
  },
  proxy_tls_invalid: {
    fault: 'caller',
    description: 'The certificate or key of a data source cannot be read.',
    reply: traced(400, 'Unable to load TLS certificate'),
  },
  proxy_token_failed: {
    fault: 'downstream',
    description: 'A route could not get its token; the request goes on without it, as in Grafana, and the log says why.',
  },
  proxy_unreachable: {
    fault: 'downstream',
    description: 'The other side of a proxied request cannot be reached, or broke off before its answer.',
    reply: empty(502, 'Bad Gateway'),
  },
  proxy_timeout: {
    fault: 'downstream',
    description: 'The other side of a proxied request did not answer in time; see `[dataproxy] timeout`.',
    reply: empty(504, 'Gateway Timeout'),
  },
  proxy_cancelled: {
    fault: 'caller',
    description: 'The client of a proxied request went away.',
    reply: empty(499, 'Client Closed Request'),
  },
  app_settings_missing: {
    fault: 'caller',
    description: 'A request through the proxy of a plugin without stored settings.',
    reply: traced(404, 'Failed to fetch plugin settings'),
  },
  app_route_missing: {
    fault: 'caller',
    description: 'No route of the app is for this path and method.',
    reply: early(404, 'plugin route match not found'),
  },
  app_route_url_invalid: {
    fault: 'plugin',
    description: 'The URL of a route cannot be filled in from the settings.',
    reply: traced(500, 'Could not interpolate plugin route url'),
  },
  app_route_url_unreadable: {
    fault: 'plugin',
    description: 'The URL of a route is none once it is filled in.',
    reply: traced(500, 'Could not parse url'),
  },
  app_route_headers_invalid: {
    fault: 'plugin',
    description: 'A header of a route cannot be filled in from the settings. Nothing is sent then.',
    reply: traced(500, 'Failed to render plugin headers'),
  },
  app_route_body_invalid: {
    fault: 'plugin',
    description: 'The body of a route cannot be filled in, or is no JSON then. Nothing is sent then.',
    reply: traced(500, 'Failed to set plugin route body content'),
  },
} as const satisfies Record<string, ServerErrorRow>;
