import { ProtocolError } from '../errors/index.ts';
import type { Address } from '../grpc/index.ts';

/**
 * Reads `host:port`; a missing host means this machine, an IPv6 host stands in brackets.
 *
 * @throws ProtocolError `handshake_address_invalid` with the words of Go's resolver
 */
export function parseTcpAddress(address: string): Extract<Address, { network: 'tcp' }> {
  const refuse = (reason: string) => new ProtocolError('handshake_address_invalid', { address, reason });
  const { host, service, problem } = splitHostPort(address);
  if (problem !== undefined) throw refuse(`address ${address}: ${problem}`);
  if (!/^[+-]?\d+$/.test(service)) throw refuse(`lookup tcp/${service}: unknown port`);
  const port = Number(service);
  if (port < 0 || port > 65_535) throw refuse(`address ${service}: invalid port`);
  return { network: 'tcp', host: host === '' ? '127.0.0.1' : host, port };
}

interface Split {
  readonly host: string;
  readonly service: string;
  readonly problem?: string;
}

function splitHostPort(address: string): Split {
  const failed = (problem: string): Split => ({ host: '', service: '', problem });
  const colon = address.lastIndexOf(':');
  if (colon < 0) return failed('missing port in address');
  const service = address.slice(colon + 1);
  if (address.startsWith('[')) {
    const end = address.indexOf(']');
    if (end < 0) return failed("missing ']' in address");
    if (end + 1 !== colon) return failed('missing port in address');
    return { host: address.slice(1, end), service };
  }
  const host = address.slice(0, colon);
  if (host.includes(':')) return failed('too many colons in address');
  const bracket = /[[\]]/.exec(host);
  return bracket === null ? { host, service } : failed(`unexpected '${bracket[0]}' in address`);
}
