import { readFileSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Address, ClientTls } from '@backplane/protocol/grpc';
import { describeError, HostError } from '../errors/index.ts';

/** Where a plugin runs that somebody else has started, and how to make sure of it. */
export interface PluginAddress {
  /** `unix:/path/of/socket`, `tcp://host:port`, or `tls://host:port`. */
  readonly url: string;
  /** File with the PEM of the authorities whose certificates count, with `tls://`; those that Node trusts without it. */
  readonly caFile?: string | undefined;
  /** Files with the PEM of the own certificate and its key, for a plugin that asks for one. */
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  /** Name in the certificate of the plugin; the host of the address by default. */
  readonly serverName?: string | undefined;
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/**
 * Reads an address and its certificates, anew for each connection.
 *
 * @throws HostError `address_invalid`; `address_insecure` for plain text to another machine
 */
export function resolveAddress(pluginId: string, given: PluginAddress): { address: Address; tls: ClientTls | undefined } {
  const { url } = given;
  const fail = (detail: string, cause?: unknown) => new HostError('address_invalid', { pluginId, address: url, detail }, { cause });
  if (url.startsWith('unix:')) {
    const path = url.slice('unix:'.length).replace(/^\/\//, '');
    if (!path.startsWith('/')) throw fail('the path of the socket must be absolute');
    return { address: { network: 'unix', path }, tls: undefined };
  }
  if (!URL.canParse(url)) throw fail('it is no address');
  const { protocol, hostname, port, pathname, search, username } = new URL(url);
  if (protocol !== 'tcp:' && protocol !== 'tls:') throw fail(`${protocol} is none of unix:, tcp:, tls:`);
  if (port === '' || hostname === '') throw fail('it needs a host and a port');
  if (!['', '/'].includes(pathname) || search !== '' || username !== '') throw fail('it has more than a host and a port');
  const host = hostname.replace(/^\[|\]$/g, '');
  const address: Address = { network: 'tcp', host, port: Number(port) };
  if (protocol === 'tls:') return { address, tls: readTls(given, host, fail) };
  if (!isLoopback(host)) throw new HostError('address_insecure', { pluginId, address: url });
  return { address, tls: undefined };
}

/** Whether what is sent to a host stays on this machine. Names other than localhost are not looked up. */
export function isThisMachine(host: string): boolean {
  if (isLoopback(host) || host === '0.0.0.0' || host === '::') return true;
  return Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === host));
}

function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  const family = isIP(host);
  return family > 0 && loopback.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

function readTls(
  { caFile, certFile, keyFile, serverName }: PluginAddress,
  host: string,
  fail: (detail: string, cause?: unknown) => HostError,
): ClientTls {
  const read = (file: string | undefined) => {
    try {
      return file === undefined ? undefined : readFileSync(file, 'utf8');
    } catch (cause) {
      throw fail(`${file} cannot be read: ${describeError(cause)}`, cause);
    }
  };
  if ((certFile === undefined) !== (keyFile === undefined)) throw fail('a certificate and its key come together');
  return { caPem: read(caFile), certPem: read(certFile), keyPem: read(keyFile), serverName: serverName ?? host };
}
