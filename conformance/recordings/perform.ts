import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type ExactJson,
  ExactNumber,
  type ExactObject,
  formatExact,
  isObject,
  joinPointer,
  parseExact,
  replaceAt,
  valueAt,
} from './exact-json.ts';
import type { Exchange, Keep } from './read-exchanges.ts';
import { type RawRequest, type RawResponse, send } from './send.ts';

/** Values that requests and answers name as `{{name}}`: the addresses, and what earlier answers captured. */
export type Variables = Record<string, string> & { readonly base: string; readonly host: string; readonly upstream: string };

/** Longer bodies are recorded as a hash. */
const MAX_BODY_CHARACTERS = 48_000;
const IGNORED_HEADERS = new Set(['date', 'connection', 'content-length', 'transfer-encoding', 'keep-alive']);
const ACCOUNTS: Readonly<Record<string, readonly [user: string, password: string]>> = {
  'admin-basic': ['admin', 'admin'],
  'orgadmin-basic': ['acme-orgadmin', 'acme-pass-1'],
  'editor-basic': ['acme-editor', 'acme-pass-1'],
  'viewer-basic': ['acme-viewer', 'acme-pass-1'],
  'bad-password': ['acme-nobody', 'wrong'],
};

/**
 * Sends the request of an exchange and returns its response in recorded form; `variables` take what it captures.
 *
 * @param onAnswer sees both as they passed
 */
export async function perform(
  exchange: Exchange,
  variables: Variables,
  onAnswer: (sent: RawRequest, answer: RawResponse) => void = () => undefined,
): Promise<ExactObject> {
  const { request } = exchange;
  if (exchange.waitMs) await delay(exchange.waitMs);
  const fill = (text: string) => text.replace(/\{\{([\w.-]+)\}\}/g, (whole, name) => variables[name] ?? whole);
  const headers: Record<string, string | readonly string[]> = {};
  for (const [name, value] of Object.entries(request.headers ?? {}))
    headers[name] = typeof value === 'string' ? fill(value) : value.map(fill);
  const authorization = authorizationOf(exchange.as, variables);
  const isGiven = Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');
  if (authorization && !isGiven) headers.Authorization = authorization;
  const sent = { base: variables.base, method: request.method, path: fill(request.path), headers, body: bodyOf(request, fill) };
  const raw = await send(sent);
  onAnswer(sent, raw);
  const response = toRecorded(raw, variables, exchange.keep);
  for (const pointer of exchange.decode ?? []) openText(response, pointer);
  for (const pointer of exchange.sort ?? []) sortList(response, pointer);
  if (exchange.keep) reduce(response, exchange.keep);
  captureInto(variables, exchange.capture, { response, raw });
  maskTokens(response, exchange.capture, variables);
  return response;
}

function authorizationOf(as: string | undefined, variables: Variables): string | undefined {
  if (!as || as === 'anonymous') return undefined;
  if (as.startsWith('token-')) return `Bearer ${variables[as]}`;
  const account = ACCOUNTS[as];
  if (!account) throw new Error(`an exchange has an unknown "as": ${as}`);
  return `Basic ${Buffer.from(account.join(':')).toString('base64')}`;
}

function bodyOf(request: Exchange['request'], fill: (text: string) => string): Uint8Array | undefined {
  if (request.bodyBase64 !== undefined) return Buffer.from(request.bodyBase64, 'base64');
  if (request.bodyRepeat) return Buffer.from(request.bodyRepeat[0].repeat(request.bodyRepeat[1]));
  return request.body === undefined ? undefined : Buffer.from(fill(request.body));
}

function toRecorded(raw: RawResponse, variables: Variables, keep: Keep | undefined): ExactObject {
  const headers = recordedHeaders(raw.rawHeaders, variables);
  const out: ExactObject = { status: new ExactNumber(String(raw.status)), headers };
  if (raw.broken) out.brokenOff = true;
  if (raw.body.length === 0) return out;
  const text = raw.body.toString('utf8');
  if (keep?.metrics !== undefined) return { ...out, bodyText: text };
  const long = text.length > MAX_BODY_CHARACTERS;
  const hashed = { ...out, bodySha256: sha256(raw.body), bodyBytes: new ExactNumber(String(raw.body.length)) };
  if (!Buffer.from(text).equals(raw.body)) return long ? hashed : { ...out, bodyBase64: raw.body.toString('base64') };
  const body = jsonOf(text, headers['content-type'], variables);
  if (body !== undefined) return long && !keep ? hashed : { ...out, body };
  if (long) return hashed;
  if (/^<!doctype html/i.test(text)) return { ...out, bodyIs: 'an HTML page' };
  return { ...out, bodyText: withoutAddresses(text, variables) };
}

function jsonOf(text: string, contentType: ExactJson | undefined, variables: Variables): ExactJson | undefined {
  if (!/json/.test(String(contentType)) && !/^[[{]/.test(text)) return undefined;
  try {
    return parseExact(withoutAddresses(text, variables));
  } catch {
    return undefined; // a body that is no JSON after all is kept as text
  }
}

function recordedHeaders(rawHeaders: readonly string[], variables: Variables): ExactObject {
  const headers: Record<string, string | string[]> = {};
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!.toLowerCase();
    const text = rawHeaders[i + 1]!;
    if (IGNORED_HEADERS.has(name)) continue;
    const value = name === 'set-cookie' ? withoutSecret(text) : withoutAddresses(text, variables);
    const known = headers[name];
    if (known !== undefined) headers[name] = [known, value].flat();
    else headers[name] = name === 'set-cookie' ? [value] : value;
  }
  return Object.fromEntries(Object.entries(headers).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Addresses of server and upstream become `{{base}}`, `{{host}}` and `{{upstream}}`, any signed token `{{jwt}}`. */
function withoutAddresses(text: string, { base, upstream, host }: Variables): string {
  return text
    .replaceAll(base, '{{base}}')
    .replaceAll(upstream, '{{upstream}}')
    .replaceAll(host, '{{host}}')
    .replaceAll(encodeURIComponent(host), '{{host}}')
    .replace(/\beyJ[\w-]+\.eyJ[\w-]+\.[\w-]+/g, '{{jwt}}');
}

/** The value of a server's own cookie is a secret or a time; its attributes matter. */
function withoutSecret(cookie: string): string {
  return /^grafana_/.test(cookie) ? cookie.replace(/^([^=]+)=[^;]+/, '$1=*').replace(/expires=[^;]+/i, 'Expires=*') : cookie;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Opens JSON inside a JSON text, so that its parts are compared one by one. */
function openText(response: ExactObject, pointer: string): void {
  const text = valueAt(response, pointer);
  if (typeof text !== 'string') return;
  try {
    replaceAt(response, pointer, parseExact(text));
  } catch {
    // a text that is no JSON is compared as it is
  }
}

function sortList(response: ExactObject, pointer: string): void {
  const list = valueAt(response, pointer);
  if (Array.isArray(list)) list.sort((a, b) => (formatExact(a) < formatExact(b) ? -1 : 1));
}

function reduce(response: ExactObject, keep: Keep): void {
  if (keep.metrics !== undefined) {
    const types = String(response.bodyText ?? '').matchAll(/^# TYPE (\S+) (\S+)/gm);
    const wanted = new RegExp(keep.metrics);
    const names = [...types].map((found) => `${found[1]} ${found[2]}`).filter((name) => wanted.test(name));
    delete response.bodyText;
    response.kept = { metrics: [...new Set(names)].sort() };
    return;
  }
  if (response.body === undefined) return;
  const kept: ExactObject = {};
  for (const pointer of keep.only ?? []) kept[pointer] = valueAt(response.body, pointer) ?? null;
  for (const pointer of keep.keysOf ?? []) {
    const value = pointer === '' ? response.body : valueAt(response.body, pointer);
    const keys = typeof value === 'object' && value !== null ? Object.keys(value).sort() : null;
    kept[joinPointer('keysOf', pointer || 'body')] = keys;
  }
  if (keep.find) kept.found = findEntry(response.body, keep.find) ?? null;
  delete response.body;
  response.kept = kept;
}

function findEntry(body: ExactJson, { list, key, value }: NonNullable<Keep['find']>): ExactJson | undefined {
  const entries = valueAt(body, list);
  return Array.isArray(entries) ? entries.find((entry) => isObject(entry) && entry[key] === value) : undefined;
}

function captureInto(
  variables: Variables,
  wanted: Exchange['capture'],
  { response, raw }: { response: ExactObject; raw: RawResponse },
): void {
  for (const [name, from] of Object.entries(wanted ?? {})) {
    if (typeof from === 'string') {
      const value = valueAt(response, from);
      if (value !== undefined) variables[name] = typeof value === 'string' ? value : formatExact(value);
      continue;
    }
    for (let i = 0; i < raw.rawHeaders.length; i += 2) {
      if (raw.rawHeaders[i]!.toLowerCase() !== 'set-cookie') continue;
      const found = raw.rawHeaders[i + 1]!.match(new RegExp(`^${from.cookie}=([^;]+)`));
      if (found) variables[name] = found[1]!;
    }
  }
}

/** A captured token is not kept; captured numbers are left, and volatile. */
function maskTokens(response: ExactObject, wanted: Exchange['capture'], variables: Variables): void {
  for (const [name, from] of Object.entries(wanted ?? {})) {
    if (typeof from !== 'string' || typeof valueAt(response, from) !== 'string') continue;
    if ((variables[name]?.length ?? 0) > 20) replaceAt(response, from, `{{${name}}}`);
  }
}
