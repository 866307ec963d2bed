import { randomUUID } from 'node:crypto';
import type { Random } from '../random.ts';

const roles = ['Viewer', 'Editor', 'Admin'] as const;

/** Who requests are sent as. */
export interface Identities {
  /** The headers that say who asks, drawn anew for each request; undefined: as it came. */
  draw(random: Random, path: string): Promise<Readonly<Record<string, string>> | undefined>;
  /** Hears of each refusal, so that a token that was removed is replaced. */
  onUnauthorized(sentHeaders: Readonly<Record<string, string>>): void;
  /** Whether a request would end the login that all others need: it is not sent. */
  isSawingAtItself(method: string, url: string): boolean;
  /** Asks as the administrator. @throws Error on an answer that does not say yes */
  ask(method: string, path: string, body?: object): Promise<unknown>;
}

/**
 * Logs in as an administrator of the server made for this. A session goes on under whatever name and password the
 * account gets; requests name organisation 1, whatever the account's own has become.
 */
export async function openIdentities(base: string, admin: { readonly password: string }): Promise<Identities> {
  const asFirst = { authorization: `Basic ${Buffer.from(`admin:${admin.password}`).toString('base64')}` };
  const login = `keeper-${randomUUID()}`;
  const keeper = (await send(base, 'POST', '/api/admin/users', asFirst, { login, password: admin.password })) as {
    id: number;
    uid: string;
  };
  await send(base, 'PUT', `/api/admin/users/${keeper.id}/permissions`, asFirst, { isGrafanaAdmin: true });
  await send(base, 'PATCH', `/api/org/users/${keeper.id}`, asFirst, { role: 'Admin' });
  const answer = await fetch(`${base}/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user: login, password: admin.password }),
  });
  const session = /grafana_session=[^;]+/.exec(answer.headers.get('set-cookie') ?? '')?.[0];
  if (session === undefined) throw new Error(`no session: ${answer.status} ${await answer.text()}`);
  const asKeeper = { cookie: session, 'x-grafana-org-id': '1' };
  const tokens = new Map<string, Promise<string>>();

  async function makeToken(role: string): Promise<string> {
    const name = `fuzz-${role}-${randomUUID()}`;
    const { id } = (await send(base, 'POST', '/api/serviceaccounts', asKeeper, { name, role })) as { id: number };
    const { key } = (await send(base, 'POST', `/api/serviceaccounts/${id}/tokens`, asKeeper, { name })) as { key: string };
    return key;
  }

  return {
    async draw(random, path) {
      const choice = random.below(20);
      // These are about the session itself.
      if (choice === 0 || /^\/(?:login|logout|(?:api\/)?user\/auth-tokens\/rotate)/.test(path)) return undefined;
      if (choice > 3) return asKeeper;
      const role = random.of(roles);
      if (!tokens.has(role)) tokens.set(role, makeToken(role));
      return { authorization: `Bearer ${await tokens.get(role)}` };
    },
    onUnauthorized({ authorization }) {
      if (authorization !== undefined) tokens.clear();
    },
    isSawingAtItself(method, url) {
      const id = /^\/+api\/+(?:admin\/+|org\/+|orgs\/+[^/]+\/+)?users\/+([^/?]+)/.exec(url)?.[1];
      return method !== 'GET' && id !== undefined && [String(keeper.id), keeper.uid].includes(plainId(id));
    },
    ask: (method, path, body) => send(base, method, path, asKeeper, body),
  };
}

function plainId(text: string): string {
  try {
    const id = decodeURIComponent(text);
    return /^[+0]*\d+$/.test(id) ? String(Number(id)) : id;
  } catch {
    return text; // no escape that the server would understand either
  }
}

async function send(
  base: string,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body?: object,
): Promise<unknown> {
  const answer = await fetch(`${base}${path}`, {
    method,
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return JSON.parse(text);
}
