import { inspect } from 'node:util';
import { describeError } from './classify-error.ts';
import { PluginError } from './errors.ts';
import { type JsonObject, type StandardSchema, validate } from './schema.ts';

/**
 * Decrypted secrets by key.
 *
 * Printing, spreading or serialising the object shows no secret: read the keys by name.
 * A key that the user left empty is undefined.
 */
export type SecureSettings<Key extends string> = { readonly [K in Key]: string | undefined };

/** Settings of one data source, validated. */
export interface DataSourceSettings<Json = JsonObject, SecureKey extends string = string> {
  readonly id: number;
  readonly uid: string;
  /** The plugin's id. */
  readonly type: string;
  readonly name: string;
  readonly url: string;
  readonly user: string;
  readonly database: string;
  readonly basicAuthEnabled: boolean;
  readonly basicAuthUser: string;
  readonly jsonData: Json;
  readonly secure: SecureSettings<SecureKey>;
  /** Epoch milliseconds of the last change; may be negative for settings that were never stored. */
  readonly updatedAtMs: number;
  readonly apiVersion: string;
}

/** Settings of an app plugin in one organisation, validated. */
export interface AppSettings<Json = JsonObject, SecureKey extends string = string> {
  readonly jsonData: Json;
  readonly secure: SecureSettings<SecureKey>;
  /** Epoch milliseconds of the last change; negative when the app has no stored settings. */
  readonly updatedAtMs: number;
  readonly apiVersion: string;
}

/** What a plugin declares about its settings. */
export interface SettingsSpec {
  readonly jsonData?: StandardSchema | undefined;
  readonly secure?: readonly string[] | undefined;
}

/** Settings as they came, before validation. */
export interface RawSettings {
  /** JSON text in bytes; empty means `{}`, which Grafana sends for settings without a row. */
  readonly jsonData: Uint8Array;
  readonly secure: Readonly<Record<string, string>>;
}

/**
 * Parses and validates the two open parts of settings.
 *
 * @throws PluginError status 400 that names the fields that are wrong; a secret is never part of it
 */
export async function parseSettings(
  raw: RawSettings,
  spec: SettingsSpec,
): Promise<{ readonly jsonData: unknown; readonly secure: SecureSettings<string> }> {
  const secure = secureSettings(raw.secure, spec.secure);
  const json = parseJsonData(raw.jsonData);
  if (spec.jsonData === undefined) return { jsonData: json, secure };
  const result = await validate(spec.jsonData, json);
  if (!result.ok) throw new PluginError(`invalid settings: ${result.problem}`, { status: 400 });
  return { jsonData: result.value, secure };
}

/**
 * Parses `jsonData`; empty is `{}`.
 *
 * @throws PluginError status 400
 */
export function parseJsonData(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return {};
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) ?? {};
  } catch (error) {
    throw new PluginError(`invalid settings: jsonData is not JSON (${describeError(error)})`, { status: 400 });
  }
}

/** Makes the object that holds secrets without showing them; with `keys`, only these. */
export function secureSettings(values: Readonly<Record<string, string>>, keys?: readonly string[]): SecureSettings<string> {
  const secure: Record<string | symbol, unknown> = {};
  const shown = () => Object.fromEntries(Object.getOwnPropertyNames(secure).map((key) => [key, '[secret]']));
  const read = (key: string) => (Object.hasOwn(values, key) && values[key] !== '' ? values[key] : undefined);
  for (const key of keys ?? Object.keys(values)) Object.defineProperty(secure, key, { value: read(key), enumerable: false });
  // Symbols cannot collide with the names of secrets; `toJSON` would.
  Object.defineProperty(secure, inspect.custom, { value: shown, enumerable: false });
  return secure as SecureSettings<string>;
}
