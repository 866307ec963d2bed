import { rulesOf } from './rule.ts';

const { host, plugin } = rulesOf('tls');
const MTLS = 'go-plugin mtls.go, client.go';

/** AutoMTLS, which Grafana leaves off. */
export const tlsRules = [
  host(
    39,
    'host-asks-for-certificate',
    ['in AutoMTLS mode verifies the certificate of the handshake, TLS 1.2 or later, name localhost', MTLS],
    'proved',
  ),
  host(40, 'host-refuses-other-certificate', ['refuses a server with another certificate than that of the handshake', MTLS], 'proved'),
  plugin(
    41,
    'plugin-answers-certificate',
    ['with PLUGIN_CLIENT_CERT serves TLS, requires that certificate and prints its own', MTLS],
    'proved',
  ),
  plugin(
    42,
    'plugin-refuses-strangers',
    ['refuses clients without the certificate or without ALPN h2', 'grpc-go credentials/tls.go'],
    'proved',
  ),
  plugin(43, 'plugin-plain-by-default', ['serves plain HTTP/2 when PLUGIN_CLIENT_CERT is not set', 'go-plugin server.go'], 'proved'),
];
