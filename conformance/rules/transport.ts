import { differs, rulesOf } from './rule.ts';

const { host, plugin } = rulesOf('transport');
const SPEC = 'gRPC over HTTP/2 (PROTOCOL-HTTP2.md)';
const SDK_SERVE = 'grafana-plugin-sdk-go backend/serve.go';

/** HTTP/2 and gRPC. */
export const transportRules = [
  host(56, 'host-request-headers', ['sends POST, content-type application/grpc, te trailers and an authority', SPEC], 'proved'),
  host(57, 'host-pings-rarely', ['never sends PING more often than servers allow', 'grpc-go keepalive enforcement'], 'proved'),
  host(58, 'host-acknowledges-pings', ['acknowledges PING', 'RFC 9113 §6.7'], 'proved'),
  host(59, 'host-takes-100-mb', ['accepts answers of more than 100 MB', 'go-plugin client.go'], 'proved'),
  host(60, 'host-does-not-compress', ['does not compress requests', 'go-plugin client.go'], 'proved'),
  host(61, 'host-decodes-messages', ['decodes percent escapes in grpc-message, UTF-8 and line ends included', SPEC], 'proved'),
  host(
    62,
    'host-maps-lost-connection',
    ['ends all open calls with Unavailable when the connection is lost', 'grpc-go transport'],
    'proved',
  ),
  host(63, 'host-reads-both-error-forms', ['treats an error without headers like one after headers', SPEC], 'proved'),
  host(64, 'host-cancels', ['cancels with RST_STREAM CANCEL, which the plugin sees as a cancelled call', SPEC], 'proved'),
  host(65, 'host-sends-deadline', ['sends grpc-timeout when there is a deadline', SPEC], 'proved'),
  plugin(66, 'plugin-takes-bare-settings', ['accepts empty SETTINGS and any authority', 'RFC 9113 §6.5'], 'proved'),
  plugin(67, 'plugin-takes-connections', ['serves several connections, also after the first has ended', 'grpc-go server.go'], 'proved'),
  plugin(68, 'plugin-always-ends-with-status', ['ends every call with grpc-status, streams without messages included', SPEC], 'proved'),
  plugin(69, 'plugin-content-type', ['answers with a content-type that starts with application/grpc', SPEC], 'proved'),
  plugin(70, 'plugin-unknown-method', ['answers Unimplemented to a service or method it does not have', SPEC], 'proved'),
  plugin(
    71,
    'plugin-request-limit',
    ['takes requests of 16 MiB, answers ResourceExhausted to larger ones and lives on', SDK_SERVE],
    differs('our SDK takes 64 MiB by default, and the limit is an option'),
  ),
  plugin(72, 'plugin-sends-100-mb', ['sends answers of 100 MB', SDK_SERVE], 'proved'),
  plugin(73, 'plugin-sees-cancel', ['tells its handler of a cancel within 100 ms', SPEC], 'proved'),
  plugin(74, 'plugin-keeps-deadline', ['ends a call whose grpc-timeout has passed', SPEC], 'proved'),
  plugin(75, 'plugin-1000-calls', ['handles 1000 calls at a time', 'grpc-go server.go'], 'proved'),
  plugin(76, 'plugin-tolerates-pings', ['tolerates half-closed requests, and PING between large bodies', 'RFC 9113 §6.7'], 'proved'),
];
