import { ProtocolError } from '../errors/index.ts';
import type { MutualTls } from '../grpc/index.ts';
import { createIdentity } from '../tls/index.ts';
import type { Environment } from './environment.ts';
import type { Handshake } from './handshake.ts';

/** A host's wish to talk over TLS, for one start of one plugin. */
export interface AutoMtlsOffer {
  /** PEM of the host's certificate, for the plugin's environment. */
  readonly clientCert: string;
  /**
   * What to connect with, after the plugin has told its own certificate.
   *
   * @throws ProtocolError `server_cert_missing` when it told none: it would serve plaintext
   */
  accept(handshake: Handshake): MutualTls;
}

/** Makes the host's half of AutoMTLS: a certificate that is used once. */
export async function offerAutoMtls(): Promise<AutoMtlsOffer> {
  const { certPem, keyPem } = await createIdentity();
  return {
    clientCert: certPem,
    accept({ serverCert }) {
      if (serverCert === undefined) throw new ProtocolError('server_cert_missing', undefined);
      return { certPem, keyPem, peerCert: serverCert };
    },
  };
}

/** A plugin's half of AutoMTLS. */
export interface AutoMtlsAnswer {
  /** What to listen with. */
  readonly tls: MutualTls;
  /** DER of the plugin's certificate, for its handshake. */
  readonly serverCert: Uint8Array;
}

/**
 * Makes the plugin's half of AutoMTLS.
 *
 * @returns undefined when the host did not ask for it with `PLUGIN_CLIENT_CERT`: the plugin then serves plaintext
 * @throws ProtocolError `client_cert_invalid`; go-plugin only logs it, and serves what no client can reach
 */
export async function answerAutoMtls(env: Environment): Promise<AutoMtlsAnswer | undefined> {
  if (!env.PLUGIN_CLIENT_CERT) return undefined;
  const peerCert = parseClientCert(env.PLUGIN_CLIENT_CERT);
  const { certPem, keyPem, der } = await createIdentity();
  return { tls: { certPem, keyPem, peerCert }, serverCert: der };
}

function parseClientCert(pem: string): Uint8Array {
  try {
    const { X509Certificate } = process.getBuiltinModule('node:crypto');
    return new X509Certificate(pem).raw;
  } catch (cause) {
    throw new ProtocolError('client_cert_invalid', { reason: (cause as Error).message }, { cause });
  }
}
