import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { Secret } from '../config/index.ts';
import type { SecretBox } from '../secrets/index.ts';
import type { Store } from '../store/index.ts';
import type { Identity } from './identity.ts';

export interface IdTokensOptions {
  readonly store: Store;
  readonly secrets: SecretBox;
  /** Who vouches: the root URL of this server. */
  readonly issuer: string;
  readonly now?: (() => number) | undefined;
}

/** Signed statements about who asks, for plugins, in the header `X-Grafana-Id`. */
export interface IdTokens {
  /** A token for ten minutes; asking again soon gives the same one. */
  issue(identity: Identity): string;
}

const scope = 'id-token';
const keyName = 'es256';
const lifetimeMs = 10 * 60_000;
const reuseMs = 9 * 60_000;
const tokensKept = 1000;

/** Loads the signing key, or makes it at the first start. */
export async function createIdTokens(options: IdTokensOptions): Promise<IdTokens> {
  const { issuer, now = Date.now } = options;
  const key = await loadKey(options);
  const keyId = createHash('sha256')
    .update(key.export({ type: 'pkcs8', format: 'der' }))
    .digest('hex')
    .slice(0, 16);
  interface IdToken {
    readonly token: string;
    readonly until: number;
  }
  const kept = new Map<string, IdToken>();
  /** Requests in a row come with the same object. */
  const ofIdentity = new WeakMap<Identity, IdToken>();
  const sign = (identity: Identity): IdToken => ({
    token: signToken(key, keyId, claims(identity, issuer, now())),
    until: now() + reuseMs,
  });
  return {
    issue(identity) {
      const recent = ofIdentity.get(identity);
      if (recent !== undefined && recent.until > now()) return recent.token;
      const who = JSON.stringify([identity.uid, identity.orgId, identity.role, identity.email, identity.login]);
      const known = kept.get(who);
      const token = known !== undefined && known.until > now() ? known : sign(identity);
      if (kept.size >= tokensKept) kept.clear();
      kept.set(who, token);
      ofIdentity.set(identity, token);
      return token.token;
    },
  };
}

async function loadKey({ store, secrets }: IdTokensOptions): Promise<KeyObject> {
  const stored = (await secrets.read(store.db, scope)).get(keyName);
  if (stored !== undefined) return createPrivateKey(stored.open());
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  await secrets.merge(store.db, scope, { [keyName]: new Secret(pem) });
  return privateKey;
}

function claims(identity: Identity, issuer: string, nowMs: number): Record<string, unknown> {
  const seconds = (ms: number) => Math.floor(ms / 1000);
  return {
    iss: issuer,
    sub: `${identity.kind}:${identity.uid}`,
    aud: `org:${identity.orgId}`,
    iat: seconds(nowMs),
    exp: seconds(nowMs + lifetimeMs),
    type: identity.kind,
    identifier: identity.uid,
    username: identity.login,
    email: identity.email,
    role: identity.role ?? 'None',
    authenticatedBy: identity.kind === 'user' ? 'password' : 'apikey',
  };
}

function signToken(key: KeyObject, keyId: string, payload: Record<string, unknown>): string {
  const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const text = `${encode({ alg: 'ES256', kid: keyId, typ: 'jwt' })}.${encode(payload)}`;
  return `${text}.${sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}
