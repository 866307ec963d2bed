import { createHash, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { Secret } from '../config/index.ts';

/**
 * Tokens of service accounts: `glsa_<32 letters and digits>_<crc32 of what is before, 4 bytes little endian as hex>`
 * (Grafana `pkg/components/satokengen`). The checksum lets a server and a leak scanner refuse a mistyped one unasked.
 */
const prefix = 'glsa_';
const secretLength = 32;
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** A new token. Show it once; only its hash is kept. */
export function createApiToken(): Secret {
  const key = prefix + Array.from({ length: secretLength }, () => alphabet[randomInt(alphabet.length)]).join('');
  return new Secret(`${key}_${checksum(key)}`);
}

/** Whether a text can be a token at all. */
export function isApiToken(text: string): boolean {
  const [, key = '', sum = ''] = /^(glsa_[^_]+)_([^_]+)$/.exec(text) ?? [];
  return sum !== '' && checksum(key) === sum;
}

/** What is stored of a token. A token has 190 random bits, so a fast hash without salt is enough. */
export function hashApiToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/** The API keys that Grafana had before tokens: base64 of JSON with `k`, `n` and `id`. None of them exists here. */
export function isLegacyApiKey(text: string): boolean {
  try {
    const { k, n, id } = JSON.parse(Buffer.from(text, 'base64').toString('utf8')) as Record<string, unknown>;
    return typeof k === 'string' && typeof n === 'string' && typeof id === 'number';
  } catch {
    return false; // no base64 or no JSON: no key
  }
}

function checksum(key: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(crc32(key));
  return bytes.toString('hex');
}
