import { type Document, isScalar, type Node, type YAMLMap } from 'yaml';
import { type Environment, Secret } from '../config/index.ts';
import { ServerError } from '../errors/index.ts';
import { JsonNumber, type JsonValue } from '../json/index.ts';
import { expandProvisioned } from './expand-values.ts';
import { lookUp, resolved } from './look-up.ts';

const deepest = 100;

interface Place {
  readonly file: string;
  readonly lineOf: (node: Node | undefined) => number;
  readonly env: Environment;
  readonly document: Document;
}

/**
 * The keys of one entry in a file. Reading a key fills in variables and checks its kind; an error names file and line.
 * Several names may be given for a key: the older spelling counts when the newer is absent.
 */
export class ProvisionedEntry {
  readonly #map: YAMLMap<unknown, unknown>;
  readonly #place: Place;

  constructor(map: YAMLMap<unknown, unknown>, place: Place) {
    this.#map = map;
    this.#place = place;
  }

  node(...keys: readonly string[]): Node | undefined {
    for (const key of keys) {
      const found = lookUp(this.#map, key, this.#place.document);
      const value = resolved(found, this.#place.document);
      if (found !== undefined && !(isScalar(value) && value.value === null)) return found;
    }
    return undefined;
  }

  /** `file:line` of a key, or of the entry when the key is absent. */
  where(...keys: readonly string[]): string {
    return `${this.#place.file}:${this.#place.lineOf(this.node(...keys) ?? this.#map)}`;
  }

  text(...keys: readonly string[]): string {
    const value = this.#value(keys);
    if (value === undefined) return '';
    if (typeof value === 'object') throw this.invalid(keys, 'must be a text');
    return this.#expand(String(value), keys);
  }

  flag(fallback: boolean, ...keys: readonly string[]): boolean {
    const text = this.text(...keys).toLowerCase();
    if (text === '') return fallback;
    if (['true', 'yes', 'on', '1'].includes(text)) return true;
    if (['false', 'no', 'off', '0'].includes(text)) return false;
    throw this.invalid(keys, 'must be true or false');
  }

  integer(fallback: number, ...keys: readonly string[]): number {
    const text = this.text(...keys);
    if (text === '') return fallback;
    const value = Number(text);
    if (!Number.isSafeInteger(value)) throw this.invalid(keys, 'must be a whole number');
    return value;
  }

  /** The organisation that an entry is for; the first one when it is absent or 0. */
  orgId(existing: ReadonlySet<number>, ...keys: readonly string[]): number {
    const id = this.integer(1, ...keys) || 1;
    if (!existing.has(id))
      throw this.invalid(keys, `names the organisation ${id}, which is not there; there is ${[...existing].join(', ')}`);
    return id;
  }

  /** Any structure, with variables filled in inside its texts; undefined when absent. */
  json(...keys: readonly string[]): JsonValue | undefined {
    const value = this.#value(keys);
    return value === undefined ? undefined : this.#toJson(value, keys, 0);
  }

  secrets(...keys: readonly string[]): Record<string, Secret> {
    const value = this.#value(keys);
    if (value === undefined) return {};
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw this.invalid(keys, 'must hold names with texts');
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => {
        if (typeof inner === 'object' && inner !== null) throw this.invalid(keys, `has the name ${name}, whose value must be a text`);
        return [name, new Secret(this.#expand(inner === null ? '' : String(inner), keys))];
      }),
    );
  }

  invalid(keys: readonly string[], what: string): ServerError {
    const where = this.where(...keys);
    return new ServerError('provisioning_invalid', { where, detail: `${where}: ${keys[0]} ${what}` });
  }

  #value(keys: readonly string[]): unknown {
    try {
      return this.node(...keys)?.toJS(this.#place.document);
    } catch (error) {
      // An alias without its anchor, or so many that they would fill the memory.
      throw this.invalid(keys, `cannot be read: ${(error as Error).message}`);
    }
  }

  #expand(text: string, keys: readonly string[]): string {
    try {
      return expandProvisioned(text, this.#place.env);
    } catch (error) {
      throw this.invalid(keys, `cannot be filled in: ${(error as Error).message}`);
    }
  }

  #toJson(value: unknown, keys: readonly string[], depth: number): JsonValue {
    if (depth > deepest) throw this.invalid(keys, `is nested deeper than ${deepest}; does an alias hold itself?`);
    if (value === null || value === undefined || typeof value === 'boolean') return value ?? null;
    if (typeof value === 'number' && !Number.isFinite(value)) throw this.invalid(keys, `holds ${value}, which JSON does not have`);
    if (typeof value === 'number' || typeof value === 'bigint') return new JsonNumber(String(value));
    if (typeof value === 'string') return this.#expand(value, keys);
    if (Array.isArray(value)) return value.map((item) => this.#toJson(item, keys, depth + 1));
    return Object.fromEntries(Object.entries(value as object).map(([key, inner]) => [key, this.#toJson(inner, keys, depth + 1)]));
  }
}
