import { X509Certificate } from 'node:crypto';
import type { MutualTls } from '@backplane/protocol/grpc';

/** What node:tls and its like take for mutual TLS between two sides that know each other's certificates. */
export function toTlsOptions({ certPem, keyPem, peerCert }: MutualTls) {
  return {
    cert: certPem,
    key: keyPem,
    ca: new X509Certificate(peerCert).toString(),
    requestCert: true,
    rejectUnauthorized: true,
    servername: 'localhost',
    ALPNProtocols: ['h2'],
  };
}
