import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

// | offset | bytes | content                      |
// |--------|-------|------------------------------|
// | 0      | 1     | format, 1                    |
// | 1      | 12    | nonce                        |
// | 13     | 16    | authentication tag           |
// | 29     | rest  | AES-256-GCM ciphertext       |
const format = 1;
const nonceBytes = 12;
const tagBytes = 16;
const headBytes = 1 + nonceBytes + tagBytes;

/** Encrypts with AES-256-GCM. `context` is authenticated too: the same bytes do not open in another place. */
export function seal(key: Uint8Array, plain: Uint8Array, context: string): Uint8Array {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context));
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([Buffer.of(format), nonce, cipher.getAuthTag(), body]);
}

/**
 * Opens what `seal` made.
 *
 * @throws Error when key, context or bytes are others than they were
 */
export function unseal(key: Uint8Array, sealed: Uint8Array, context: string): Buffer {
  if (sealed.length < headBytes || sealed[0] !== format) throw new Error('not a sealed value');
  const nonce = sealed.subarray(1, 1 + nonceBytes);
  const tag = sealed.subarray(1 + nonceBytes, headBytes);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context)).setAuthTag(tag);
  return Buffer.concat([decipher.update(sealed.subarray(headBytes)), decipher.final()]);
}
