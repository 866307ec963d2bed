import { createHash, sign } from 'node:crypto';
import { ServerError } from '../errors/index.ts';
import { isJsonObject, JsonNumber, type JsonValue, parseJson } from '../json/index.ts';
import { requestPath } from './apply-route.ts';
import type { RouteSettings, TokenAuth } from './route-settings.ts';
import { fillTemplate, type TemplateData } from './template.ts';
import type { SendOptions, Transport } from './transport.ts';
import { parseTarget } from './upstream.ts';

export interface RouteTokensOptions {
  readonly transport: Transport;
  readonly now: () => number;
}

interface Token {
  readonly value: string;
  readonly goodUntilMs: number;
}

const kept = 1000;
/** A token is fetched again so long before its end. */
const marginMs = 10_000;
const maxAnswerBytes = 1024 * 1024;

/** Tokens that routes ask for before they send; each is fetched once and kept until it expires. */
export class RouteTokens {
  readonly #options: RouteTokensOptions;
  readonly #tokens = new Map<string, Promise<Token>>();

  constructor(options: RouteTokensOptions) {
    this.#options = options;
  }

  /**
   * The token for a route, undefined for a route without one.
   *
   * @param version changes with the settings, so that a token of old credentials is not used
   * @throws ServerError `proxy_token_failed`, and those of the transport
   */
  async get(
    route: RouteSettings,
    data: TemplateData,
    { version, send }: { readonly version: string; readonly send: SendOptions },
  ): Promise<string | undefined> {
    const kind = tokenKind(route, data);
    if (kind === undefined) return undefined;
    const [auth, name] = kind === 'jwt' ? [route.jwtTokenAuth, 'jwt'] : [route.tokenAuth, 'token'];
    if (auth === undefined) return undefined;
    const filled = fill(auth, data);
    const id = createHash('sha256')
      .update(JSON.stringify([version, name, route.method, route.path, filled]))
      .digest('base64');
    const known = this.#tokens.get(id);
    const token = await known?.catch(() => undefined);
    if (token !== undefined && token.goodUntilMs > this.#options.now()) return token.value;
    if (this.#tokens.get(id) === known) {
      if (this.#tokens.size >= kept) this.#tokens.clear();
      this.#tokens.set(id, this.#fetch(kind === 'jwt' ? assertion(filled, this.#options.now()) : filled, send));
    }
    try {
      return (await this.#tokens.get(id))?.value;
    } catch (error) {
      this.#tokens.delete(id);
      throw error;
    }
  }

  async #fetch({ url, params }: TokenAuth, send: SendOptions): Promise<Token> {
    const target = parseTarget(url);
    if (target === undefined) throw new ServerError('proxy_token_failed', { detail: 'the address of a token cannot be read' });
    const body = Buffer.from(new URLSearchParams(params).toString());
    // Others may wait for the same token, so that its fetching does not end with the request that began it.
    const signal = AbortSignal.timeout(send.timeoutMs);
    const answer = await this.#options.transport.send(
      {
        ...target,
        method: 'POST',
        path: requestPath(target.path, '', /\?([^#]*)/.exec(url)?.[1] ?? ''),
        headers: [
          ['Host', target.host],
          ['Content-Type', 'application/x-www-form-urlencoded'],
          ['Content-Length', String(body.length)],
          ['Accept', 'application/json'],
        ],
      },
      body,
      { ...send, signal },
    );
    const parts: Buffer[] = [];
    let length = 0;
    for await (const part of answer as AsyncIterable<Buffer>) {
      length += part.length;
      if (length > maxAnswerBytes) throw new ServerError('proxy_token_failed', { detail: 'the answer with a token is too long' });
      parts.push(part);
    }
    return readToken(answer.statusCode ?? 0, Buffer.concat(parts).toString('utf8'), this.#options.now());
  }
}

function tokenKind({ authType, tokenAuth, jwtTokenAuth }: RouteSettings, { JsonData }: TemplateData): 'token' | 'jwt' | undefined {
  const setting = isJsonObject(JsonData) ? JsonData.authenticationType : undefined;
  const kind = typeof setting === 'string' && setting !== '' ? setting : authType;
  if (kind === 'jwt') return jwtTokenAuth === undefined ? undefined : 'jwt';
  if (kind === 'azure' || kind === 'gce')
    throw new ServerError('proxy_token_failed', { detail: `tokens of the kind ${kind} are not supported` });
  if (tokenAuth !== undefined) return 'token';
  return jwtTokenAuth === undefined ? undefined : 'jwt';
}

function fill(auth: TokenAuth, data: TemplateData): TokenAuth {
  const params = Object.entries(auth.params).map(([name, value]): [string, string] => [name, fillTemplate(value, data)]);
  return { url: fillTemplate(auth.url, data), scopes: auth.scopes, params: Object.fromEntries(params) };
}

/** Turns the credentials of a Google service account into a grant (RFC 7523). */
function assertion({ url, scopes, params }: TokenAuth, nowMs: number): TokenAuth {
  const { client_email: issuer = '', private_key: key = '', token_uri: audience = url, subject } = params;
  const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const iat = Math.floor(nowMs / 1000);
  const claims = {
    iss: issuer,
    scope: scopes.join(' '),
    aud: audience,
    iat,
    exp: iat + 3600,
    ...(subject !== undefined && { sub: subject }),
  };
  const text = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(claims)}`;
  try {
    const signature = sign('sha256', Buffer.from(text), key.replaceAll('\\n', '\n')).toString('base64url');
    const grant = { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: `${text}.${signature}` };
    return { url: audience, scopes: [], params: grant };
  } catch (cause) {
    throw new ServerError('proxy_token_failed', { detail: 'the private key of a route cannot be read' }, { cause });
  }
}

/** Reads an answer of a token server; lifetimes come as number or text, and `expires_on` counts before `expires_in`. */
function readToken(status: number, text: string, nowMs: number): Token {
  let body: JsonValue = null;
  try {
    body = parseJson(text);
  } catch (cause) {
    throw new ServerError('proxy_token_failed', { detail: `the token server answered ${status} without JSON` }, { cause });
  }
  const token = isJsonObject(body) ? body.access_token : undefined;
  if (status !== 200 || !isJsonObject(body) || typeof token !== 'string')
    throw new ServerError('proxy_token_failed', { detail: `the token server answered ${status} without a token` });
  const on = seconds(body.expires_on);
  const within = seconds(body.expires_in);
  const endMs = on !== undefined ? on * 1000 : nowMs + (within ?? 0) * 1000;
  return { value: token, goodUntilMs: endMs - marginMs };
}

function seconds(value: JsonValue | undefined): number | undefined {
  const number = value instanceof JsonNumber ? value.toDouble() : typeof value === 'string' && value !== '' ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}
