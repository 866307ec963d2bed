import { differs } from '../rules/rule.ts';
import { statementsOf } from './statement.ts';

const at = (name: string) => `pkg/services/pluginsintegration/clientmiddleware/${name}_test.go`;

/** What is done to every call on its way to a plugin and back (statements C of the client middlewares). */
export const middlewareStatements = statementsOf('C', [
  [at('tracing_middleware'), 'one span per call under its name; an error sets the status; whatever is thrown ends the span', 'proved'],
  [at('tracing_middleware'), 'panel, query group and dashboard become attributes; a panel id that is no number is skipped', 'proved'],
  [at('metrics_middleware'), 'counter, both durations and the size are observed per endpoint with labels', 'proved'],
  [at('metrics_middleware'), 'downstream errors are labelled so; an error of the plugin wins over them in any order', 'proved'],
  [at('tracing_header_middleware'), 'tracing headers that are set are forwarded under http_<name>, empty ones are not', 'proved'],
  [at('tracing_header_middleware'), 'bytes beyond ASCII in a header are percent-encoded', 'proved'],
  [at('clear_auth_headers_middleware'), 'credentials for the server are removed from every call, other headers stay', 'proved'],
  [at('cookies_middleware'), 'cookies pass where keepCookies names them, never those of the session, never to apps', 'proved'],
  ['pkg/util/proxyutil/proxyutil_test.go', 'cookie patterns: exact, prefix[], [] for all; a bad pattern matches nothing', 'proved'],
  [at('oauthtoken_middleware'), 'with oauthPassThru the access token and the id token go along, without it nothing', 'proved'],
  [at('forward_id_middleware'), 'X-Grafana-Id tells who is signed in, and is absent for nobody', 'proved'],
  [at('user_header_middleware'), 'the login is told of real users when the server wants it', 'proved'],
  [at('usealertheaders_middleware'), 'headers of alert rules are copied, and FromAlert keeps its spelling', 'proved'],
  [
    at('httpclient_middleware'),
    'forwarded headers are set on outgoing requests of plugins inside the server',
    differs('no plugin runs inside the server; each sends its own requests, with the headers that it was given'),
  ],
  [
    at('grafana_request_id_header_middleware'),
    'calls to listed data sources carry an id, its HMAC, and the address of the client',
    'proved',
  ],
  [at('caching_middleware'), 'a hit asks no plugin, a miss is kept; without a request behind it nothing is looked up', 'proved'],
  ['pkg/services/caching/service_test.go', 'without a cache calls pass; X-Cache says what happened when there is a request', 'proved'],
  ['clientmiddleware parity', 'what acts on QueryData acts on QueryChunkedData', 'proved'],
]);
