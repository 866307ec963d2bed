import { BlockList, isIP } from 'node:net';

/** Finds the proxy of a URL; undefined when it is reached directly. */
export type ProxyRules = (origin: URL) => string | undefined;

/**
 * Reads the proxies of an environment as Go does: `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, in capitals or small.
 *
 * `NO_PROXY` lists hosts, with or without port, domains (`.example.org` for what is below, `example.org` for it and what is
 * below), addresses, networks (`10.0.0.0/8`) or `*`. The machine itself is never reached by a proxy.
 */
export function readProxyRules(env: Readonly<Record<string, string | undefined>>): ProxyRules {
  const read = (name: string) => env[name] || env[name.toLowerCase()] || undefined;
  const proxies: Readonly<Record<string, string | undefined>> = {
    'http:': withScheme(read('HTTP_PROXY')),
    'https:': withScheme(read('HTTPS_PROXY')),
  };
  const isExcepted = createExceptions(read('NO_PROXY') ?? '');
  return (origin) => {
    const proxy = proxies[origin.protocol];
    return proxy === undefined || isExcepted(origin) ? undefined : proxy;
  };
}

function withScheme(proxy: string | undefined): string | undefined {
  return proxy === undefined || proxy.includes('://') ? proxy : `http://${proxy}`;
}

function createExceptions(list: string): (origin: URL) => boolean {
  const addresses = new BlockList();
  addresses.addSubnet('127.0.0.0', 8, 'ipv4');
  addresses.addAddress('::1', 'ipv6');
  const names: { readonly name: string; readonly port: string; readonly below: boolean }[] = [];
  let isAll = false;
  for (const entry of list.split(',').map((part) => part.trim().toLowerCase())) {
    if (entry === '*') isAll = true;
    else if (entry !== '' && !addAddresses(addresses, entry)) {
      const [, host = '', port = ''] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
      names.push({ name: host.replace(/^\*?\./, ''), port, below: /^\*?\./.test(host) });
    }
  }
  return (origin) => {
    const host = origin.hostname.replace(/^\[|\]$/g, '').toLowerCase();
    if (isAll || host === 'localhost') return true;
    const family = isIP(host);
    if (family !== 0 && addresses.check(host, family === 4 ? 'ipv4' : 'ipv6')) return true;
    const port = origin.port || (origin.protocol === 'https:' ? '443' : '80');
    return names.some(
      (each) => (each.port === '' || each.port === port) && (host.endsWith(`.${each.name}`) || (!each.below && host === each.name)),
    );
  };
}

function addAddresses(addresses: BlockList, entry: string): boolean {
  const [address = '', bits] = entry.split('/');
  const family = isIP(address);
  if (family === 0) return false;
  const type = family === 4 ? 'ipv4' : 'ipv6';
  if (bits === undefined) addresses.addAddress(address, type);
  else if (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128)) addresses.addSubnet(address, Number(bits), type);
  else return false;
  return true;
}
