import { isUtf8 } from 'node:buffer';
import { ServerError } from '../errors/index.ts';

export interface ResourcePath {
  /** Decoded, no slash at either end. */
  readonly path: string;
  /** Encoded again as Go writes it, with the query. */
  readonly url: string;
}

/**
 * What a plugin gets to know of the address of a resource call.
 *
 * @param rawTail the path behind `/resources`, as it was sent
 * @param rawQuery the text behind the question mark
 * @throws ServerError `bad_request_path`; `plugin_request_failed` for bytes that are no UTF-8, which gRPC cannot carry
 */
export function toResourcePath(rawTail: string, rawQuery: string): ResourcePath {
  const bytes = decodeEscapes(rawTail.replace(/^\//, ''));
  if (!isUtf8(bytes)) throw new ServerError('plugin_request_failed', { detail: 'the path of a resource call is not UTF-8' });
  const path = bytes.toString('utf8').replace(/\/$/, '');
  const encoded = encodeGoPath(path);
  // Without it the first part would read as a scheme.
  const url = /^[^/]*:/.test(encoded) ? `./${encoded}` : encoded;
  return { path, url: url + (rawQuery === '' ? '' : `?${rawQuery}`) };
}

function decodeEscapes(text: string): Buffer {
  const source = Buffer.from(text, 'latin1');
  const out = Buffer.allocUnsafe(source.length);
  let length = 0;
  for (let index = 0; index < source.length; index++) {
    const byte = source[index] as number;
    if (byte !== 0x25) {
      out[length++] = byte;
      continue;
    }
    const digits = source.toString('latin1', index + 1, index + 3);
    if (!/^[0-9a-fA-F]{2}$/.test(digits)) throw new ServerError('bad_request_path');
    out[length++] = Number.parseInt(digits, 16);
    index += 2;
  }
  return out.subarray(0, length);
}

/** A decoded path as Go writes it: letters, digits and `$&+,/:;=@-_.~` stay, everything else is escaped. */
export function encodeGoPath(path: string): string {
  return encodeURIComponent(path.toWellFormed())
    .replace(/%(24|26|2B|2C|2F|3A|3B|3D|40)/g, (escaped) => decodeURIComponent(escaped))
    .replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);
}
