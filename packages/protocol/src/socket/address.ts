/** Where a socket listens or is reached. */
export type SocketAddress =
  | { readonly network: 'unix'; readonly path: string }
  | { readonly network: 'tcp'; readonly host: string; readonly port: number };

/** An address, or with `lastPort` the first port from `port` on that is free. */
export type SocketListenAddress =
  | SocketAddress
  | { readonly network: 'tcp'; readonly host: string; readonly port: number; readonly lastPort: number };

/** Text for messages, as Go writes targets: `unix:/tmp/plugin1` or `127.0.0.1:1234`. */
export function formatAddress(address: SocketAddress): string {
  if (address.network === 'unix') return `unix:${address.path}`;
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}
