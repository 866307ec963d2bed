import { lookup as systemLookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { ServerError } from '../errors/index.ts';

/** What a guard lets through although it is not public: host names, addresses, or blocks such as `10.0.0.0/8`. */
export interface AddressGuardOptions {
  readonly allow: readonly string[];
}

/** Keeps proxied requests away from addresses that are not public. */
export interface AddressGuard {
  /** @throws ServerError `proxy_target_denied` for a host that is such an address */
  assertHost(host: string): void;
  /** Looks names up, and refuses those that lead there. The connection uses what was looked at, so that a second answer cannot differ. */
  readonly lookup: LookupFunction;
}

// RFC 6890 and its successors: this host, private, shared, loopback, link-local, documentation, benchmarks, multicast, reserved.
const closedV4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const;
// Of IPv6 only 2000::/3 is public, without documentation and without what carries an IPv4 address inside (6to4, Teredo).
const closedV6 = [
  ['::', 3],
  ['4000::', 2],
  ['8000::', 1],
  ['2001::', 32],
  ['2001:db8::', 32],
  ['2002::', 16],
] as const;

/** Makes a guard for `[backplane] proxy_deny_private`. */
export function createAddressGuard({ allow }: AddressGuardOptions): AddressGuard {
  // Apart, because a BlockList takes every IPv4 address for one below ::/96 as well.
  const closed = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const [net, prefix] of closedV4) closed.ipv4.addSubnet(net, prefix, 'ipv4');
  for (const [net, prefix] of closedV6) closed.ipv6.addSubnet(net, prefix, 'ipv6');
  const open = new BlockList();
  const names = new Set<string>();
  for (const entry of allow) {
    const [net = '', prefix] = entry.split('/');
    const family = familyOf(net);
    if (family === undefined) names.add(entry.toLowerCase());
    else if (prefix === undefined) open.addAddress(net, family);
    else open.addSubnet(net, Number(prefix), family);
  }
  const isDenied = (address: string): boolean => {
    const plain = withoutMapping(address);
    const family = familyOf(plain) ?? 'ipv6';
    return !open.check(plain, family) && closed[family].check(plain, family);
  };
  return {
    assertHost(host) {
      const address = host.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
      if (!names.has(host.toLowerCase()) && isIP(address) !== 0 && isDenied(address)) throw denied(host);
    },
    lookup(hostname, options, callback) {
      systemLookup(hostname, { ...options, all: true }, (error, addresses) => {
        if (error !== null) return callback(error, '');
        const usable = names.has(hostname.toLowerCase()) ? addresses : addresses.filter(({ address }) => !isDenied(address));
        const [first] = usable;
        if (first === undefined) return callback(denied(hostname), '');
        return options.all === true ? callback(null, usable) : callback(null, first.address, first.family);
      });
    },
  };
}

function denied(host: string): ServerError {
  const detail = `${host} is no public address; add it to [backplane] proxy_allow_private if it is meant`;
  return new ServerError('proxy_target_denied', { host, detail });
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  const version = isIP(address);
  return version === 4 ? 'ipv4' : version === 6 ? 'ipv6' : undefined;
}

/** `::ffff:10.0.0.1` is 10.0.0.1, however it is spelled. */
function withoutMapping(address: string): string {
  if (isIP(address) !== 6) return address;
  const plain = new URL(`http://[${address.replace(/%.*$/, '')}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(plain);
  if (mapped === null) return plain;
  const [high, low] = [Number.parseInt(mapped[1] ?? '', 16), Number.parseInt(mapped[2] ?? '', 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}
