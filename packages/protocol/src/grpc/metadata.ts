import type { HeaderFields } from '../http2/index.ts';
import { GrpcCode, GrpcStatusError } from './status.ts';
import type { Metadata, MetadataInit } from './types.ts';

/** Names that are not metadata; grpc-go drops the same. */
const RESERVED = new Set([
  'content-type',
  'user-agent',
  'te',
  'grpc-message-type',
  'grpc-encoding',
  'grpc-accept-encoding',
  'grpc-message',
  'grpc-status',
  'grpc-timeout',
  'grpc-status-details-bin',
]);

/** Metadata as it came, decoded when asked. */
export class ReceivedMetadata implements Metadata {
  readonly #fields: HeaderFields;

  constructor(fields: HeaderFields) {
    this.#fields = fields;
  }

  get(name: string): string | undefined {
    const fields = this.#fields;
    for (let i = 0; i < fields.length; i += 2) if (fields[i] === name) return fields[i + 1];
    return undefined;
  }

  getAll(name: string): readonly string[] {
    return this.#fields.filter((_, i) => i % 2 === 1 && this.#fields[i - 1] === name);
  }

  getBinary(name: string): Uint8Array | undefined {
    const text = this.get(name);
    return text === undefined ? undefined : decodeBinary(text);
  }

  *[Symbol.iterator](): Iterator<readonly [string, string | Uint8Array]> {
    const fields = this.#fields;
    for (let i = 0; i < fields.length; i += 2) {
      const name = fields[i];
      if (name.startsWith(':') || RESERVED.has(name)) continue;
      if (!name.endsWith('-bin')) yield [name, fields[i + 1]];
      else for (const part of fields[i + 1].split(',')) yield [name, Buffer.from(part, 'base64')];
    }
  }
}

/**
 * Header fields for metadata to send. Reserved names are left out, as grpc-go does.
 *
 * @throws GrpcStatusError `internal` for a name or value that HTTP/2 cannot carry
 */
export function encodeMetadata(metadata: MetadataInit): string[] {
  const fields: string[] = [];
  for (const [given, value] of metadata) {
    const name = given.toLowerCase();
    if (name.startsWith(':') || RESERVED.has(name)) continue;
    if (!/^[0-9a-z_.-]+$/.test(name)) throw new GrpcStatusError(GrpcCode.internal, `metadata name ${JSON.stringify(given)} is not allowed`);
    fields.push(name, encodeValue(name, value));
  }
  return fields;
}

function encodeValue(name: string, value: string | Uint8Array): string {
  if (name.endsWith('-bin')) return encodeBinary(typeof value === 'string' ? Buffer.from(value, 'utf8') : value);
  if (typeof value !== 'string') {
    throw new GrpcStatusError(GrpcCode.internal, `metadata ${name} has bytes for a value, which only names ending in -bin may have`);
  }
  if (!/^[\x20-\x7e]*$/.test(value)) {
    throw new GrpcStatusError(GrpcCode.internal, `metadata ${name} contains a value with non-printable ASCII characters`);
  }
  return value;
}

/** Base64 without padding, as gRPC writes binary values. */
export function encodeBinary(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64').replace(/=+$/, '');
}

/** Base64 with or without padding; of several values in one field, the first. */
export function decodeBinary(text: string): Uint8Array {
  const comma = text.indexOf(',');
  return Buffer.from(comma < 0 ? text : text.slice(0, comma), 'base64');
}

/** First value of a name in header fields. */
export function findField(fields: HeaderFields, name: string): string | undefined {
  for (let i = 0; i < fields.length; i += 2) if (fields[i] === name) return fields[i + 1];
  return undefined;
}
