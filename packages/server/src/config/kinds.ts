import { Secret } from './secret.ts';

/**
 * How the text of a key becomes a value. `parse` throws an Error that says what is expected; a key without a value
 * counts as not set.
 */
export interface Kind<T> {
  readonly parse: (text: string) => T;
  readonly fallback: T;
  /** Name of the key in the ini file. */
  readonly key: string;
}

const truths = new Set(['1', 't', 'true', 'y', 'yes', 'on']);
const lies = new Set(['0', 'f', 'false', 'n', 'no', 'off']);

export const text = (key: string, fallback = ''): Kind<string> => ({ key, fallback, parse: (value) => value });

/** A text that cannot be empty: a key without a value counts as not set. */
export const filledText = (key: string, fallback: string): Kind<string> => ({ key, fallback, parse: (value) => value || fallback });

/** A key that is undefined unless it has a value. */
export const optional = <T>(kind: Kind<T>): Kind<T | undefined> => ({
  key: kind.key,
  fallback: undefined,
  parse: (value) => (value === '' ? undefined : kind.parse(value)),
});

/** The address of a plugin, in one of the forms that the host takes. */
export const pluginAddress = (key: string): Kind<string> => ({
  key,
  fallback: '',
  parse(value) {
    if (!/^unix:\/|^(?:tcp|tls):\/\/[^/?#@]+:\d+$/.test(value)) {
      throw new Error('must be unix:/path/of/socket, tcp://localhost:port or tls://host:port');
    }
    return value;
  },
});

export const secret = (key: string): Kind<Secret | undefined> => ({
  key,
  fallback: undefined,
  parse: (value) => (value === '' ? undefined : new Secret(value)),
});

export const flag = (key: string, fallback: boolean): Kind<boolean> => ({
  key,
  fallback,
  parse(value) {
    if (value === '') return fallback;
    const word = value.toLowerCase();
    if (truths.has(word)) return true;
    if (lies.has(word)) return false;
    throw new Error('must be true or false');
  },
});

export const integer = (key: string, fallback: number, limits: { readonly min: number; readonly max?: number }): Kind<number> => ({
  key,
  fallback,
  parse(value) {
    if (value === '') return fallback;
    const { min, max = Number.MAX_SAFE_INTEGER } = limits;
    const number = /^-?\d+$/.test(value) ? Number(value) : Number.NaN;
    if (!(number >= min && number <= max)) {
      throw new Error(
        max === Number.MAX_SAFE_INTEGER ? `must be a whole number of at least ${min}` : `must be a whole number from ${min} to ${max}`,
      );
    }
    return number;
  },
});

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** `30s`, `5m`, `1d`, several of them in a row; a bare number counts seconds. */
export const durationMs = (key: string, fallback: number): Kind<number> => ({
  key,
  fallback,
  parse(value) {
    if (value === '') return fallback;
    if (/^\d+$/.test(value)) return Number(value) * 1000;
    if (!/^(\d+(?:ms|[smhdw]))+$/.test(value)) throw new Error('must be a time such as 30s, 5m or 1d');
    return [...value.matchAll(/(\d+)(ms|[smhdw])/g)].reduce((sum, [, count, unit]) => sum + Number(count) * (unitMs[unit ?? ''] ?? 0), 0);
  },
});

export const number = (key: string, fallback: number, { min }: { readonly min: number }): Kind<number> => ({
  key,
  fallback,
  parse(value) {
    if (value === '') return fallback;
    const parsed = Number(value);
    if (!(Number.isFinite(parsed) && parsed >= min)) throw new Error(`must be a number of at least ${min}`);
    return parsed;
  },
});

/** Where somebody listens, as host:port. */
export const hostPort = (key: string): Kind<string> => ({
  key,
  fallback: '',
  parse(value) {
    if (!/^(\[[0-9a-f:.]+\]|[^\s:/@]+):\d{1,5}$/i.test(value)) throw new Error('must be host:port');
    return value;
  },
});

/** `key:value` with commas between. */
export const pairs = (key: string): Kind<Readonly<Record<string, string>>> => ({
  key,
  fallback: {},
  parse(value) {
    const parts = value.split(',').filter((part) => part.trim() !== '');
    return Object.fromEntries(
      parts.map((part) => {
        const [, name, text] = /^\s*([^:]+):(.*?)\s*$/.exec(part) ?? [];
        if (name === undefined || text === undefined) throw new Error('must be key:value, with commas between several');
        return [name, text];
      }),
    );
  },
});

/** Words between commas or blanks. */
export const list = (key: string, fallback: readonly string[] = []): Kind<readonly string[]> => ({
  key,
  fallback,
  parse: (value) => value.split(/[\s,]+/).filter((word) => word !== ''),
});

export const choice = <const T extends string>(key: string, fallback: T, options: readonly T[]): Kind<T> => ({
  key,
  fallback,
  parse(value) {
    if (value === '') return fallback;
    const found = options.find((option) => option.toLowerCase() === value.toLowerCase());
    if (found === undefined) throw new Error(`must be one of ${options.join(', ')}`);
    return found;
  },
});

/** Some of these words, with commas or blanks between; the fallback for none. */
export const choices = <const T extends string>(key: string, fallback: readonly T[], options: readonly T[]): Kind<readonly T[]> => {
  const words = list(key);
  const one = choice(key, options[0] as T, options);
  return {
    key,
    fallback,
    parse(value) {
      const found = words.parse(value).map(one.parse);
      return found.length === 0 ? fallback : found;
    },
  };
};
