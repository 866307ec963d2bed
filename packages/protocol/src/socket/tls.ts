import { isIP, type OnReadOpts, type Server, type Socket, type TcpNetConnectOpts } from 'node:net';
import type { ConnectionOptions, TLSSocket, TlsOptions } from 'node:tls';
import type { SocketAddress } from './address.ts';

/** TLS between two sides that have told each other their certificates beforehand. Nobody else gets in, on either side. */
export interface MutualTls {
  /** The certificate to present. */
  readonly certPem: string;
  readonly keyPem: string;
  /** DER of the one certificate that the other side may present. */
  readonly peerCert: Uint8Array;
}

/** TLS with a server whose certificate an authority has signed for a name, as on the web. */
export interface AuthorityTls {
  /** PEM of the authorities that count; those that Node trusts without it. */
  readonly caPem?: string | undefined;
  /** The name that the certificate of the server must have. */
  readonly serverName: string;
  /** The own certificate and its key, for a server that asks for one. */
  readonly certPem?: string | undefined;
  readonly keyPem?: string | undefined;
}

/** How a client makes sure of its server. */
export type ClientTls = MutualTls | AuthorityTls;

/** Loaded when it is first needed: Grafana talks in plaintext, and the two modules would take a fifth of a plugin's start. */
const tlsModule = () => process.getBuiltinModule('node:tls');

/** The name in go-plugin's certificates, whatever the address is. */
const SERVER_NAME = 'localhost';
/** grpc-go closes connections that did not agree on it. */
const PROTOCOL = 'h2';
const HANDSHAKE_TIMEOUT_MS = 10_000;

/**
 * Starts to connect; 'secureConnect' tells that the server holds the key of the certificate that counts.
 *
 * @param onread takes what is read, decrypted
 */
export function connectTls(address: SocketAddress, tls: ClientTls, onread: OnReadOpts): TLSSocket {
  const options: ConnectionOptions & Pick<TcpNetConnectOpts, 'noDelay' | 'onread'> = {
    ...(address.network === 'unix' ? { path: address.path } : { host: address.host, port: address.port, noDelay: true }),
    ...('peerCert' in tls ? pinned(tls) : signed(tls)),
    onread,
  };
  const socket = tlsModule().connect(options);
  socket.once('secureConnect', () => {
    if (socket.alpnProtocol !== PROTOCOL) socket.destroy(new Error(`the server does not speak ${PROTOCOL}: it chose no protocol (ALPN)`));
  });
  return socket;
}

function pinned(tls: MutualTls): ConnectionOptions {
  return {
    ...secrets(tls),
    servername: SERVER_NAME,
    // A certificate that the trusted one has signed is not the one that was told.
    checkServerIdentity: (name, peer) =>
      peer.raw.equals(tls.peerCert)
        ? tlsModule().checkServerIdentity(name, peer)
        : new Error('the server presents another certificate than it told'),
  };
}

function signed({ caPem, serverName, certPem, keyPem }: AuthorityTls): ConnectionOptions {
  // An address is no name: TLS does not send it, but the certificate has to have it.
  const name = isIP(serverName) > 0 ? {} : { servername: serverName };
  const own = certPem === undefined ? {} : { cert: certPem, key: keyPem };
  return {
    ...own,
    ...name,
    ...(caPem !== undefined && { ca: caPem }),
    checkServerIdentity: (_, peer) => tlsModule().checkServerIdentity(serverName, peer),
    minVersion: 'TLSv1.2',
    ALPNProtocols: [PROTOCOL],
  };
}

/** A server that gives out sockets once their client has shown `peerCert` and asked for HTTP/2; others are turned away. */
export function createTlsServer(tls: MutualTls, onSocket: (socket: Socket) => void): Server {
  const server = tlsModule().createServer({
    ...secrets(tls),
    requestCert: true,
    rejectUnauthorized: true,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    noDelay: true,
  });
  // Whoever has not proved yet who it is keeps no process alive.
  server.on('connection', (socket) => socket.unref());
  server.on('secureConnection', (socket) => {
    if (socket.alpnProtocol !== PROTOCOL) return socket.destroy();
    socket.ref();
    onSocket(socket);
  });
  return server;
}

/** What both sides have: their own certificate, the other one's, and what they speak. */
function secrets({ certPem, keyPem, peerCert }: MutualTls) {
  const { X509Certificate } = process.getBuiltinModule('node:crypto');
  const ca = new X509Certificate(peerCert).toString();
  return { cert: certPem, key: keyPem, ca, minVersion: 'TLSv1.2', ALPNProtocols: [PROTOCOL] } satisfies TlsOptions;
}
