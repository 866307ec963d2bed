import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ExactObject, isObject, parseExact, toPlain } from './exact-json.ts';

/** One recorded exchange; README.md describes every field. */
export interface Exchange {
  readonly id: string;
  readonly seq: number;
  readonly family: string;
  readonly why: string;
  readonly setup?: readonly string[];
  readonly as?: string;
  readonly waitMs?: number;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers?: Readonly<Record<string, string | readonly string[]>>;
    readonly body?: string;
    readonly bodyBase64?: string;
    readonly bodyRepeat?: readonly [text: string, times: number];
  };
  readonly capture?: Readonly<Record<string, string | { readonly cookie: string }>>;
  readonly decode?: readonly string[];
  readonly sort?: readonly string[];
  readonly keep?: Keep;
  readonly response: ExactObject;
  readonly volatile?: readonly string[];
}

/** Which part of a response is recorded. */
export interface Keep {
  readonly metrics?: string;
  readonly only?: readonly string[];
  readonly keysOf?: readonly string[];
  readonly find?: { readonly list: string; readonly key: string; readonly value: string };
}

/** All exchanges of a folder, in the order in which they were recorded; the file's name is the family. */
export async function readExchanges(folder: string): Promise<Exchange[]> {
  const all: Exchange[] = [];
  const files = (await readdir(folder)).filter((name) => name.endsWith('.jsonl')).sort();
  for (const file of files) {
    const lines = (await readFile(join(folder, file), 'utf8')).split('\n');
    for (const [i, line] of lines.entries()) if (line !== '') all.push(readLine(line, file, i + 1));
  }
  return all.sort((a, b) => a.seq - b.seq);
}

function readLine(line: string, file: string, number: number): Exchange {
  try {
    const whole = parseExact(line);
    if (!isObject(whole) || !isObject(whole.response)) throw new SyntaxError('not an exchange');
    const { response, ...rest } = whole;
    return { ...(toPlain(rest) as Omit<Exchange, 'response' | 'family'>), response: response as ExactObject, family: familyOf(file) };
  } catch (error) {
    throw new Error(`${file}:${number}: ${(error as Error).message}`, { cause: error });
  }
}

const familyOf = (file: string): string => file.replace(/\.jsonl$/, '');

/** The exchanges that match, with everything that must happen before them. */
export function selectExchanges(exchanges: readonly Exchange[], matches: (exchange: Exchange) => boolean): Exchange[] {
  const byId = new Map(exchanges.map((exchange) => [exchange.id, exchange]));
  const wanted = new Set<string>();
  const add = (id: string, from: string) => {
    if (wanted.has(id)) return;
    const exchange = byId.get(id);
    if (!exchange) throw new Error(`${from} depends on ${id}, which is not there`);
    wanted.add(id);
    for (const needed of exchange.setup ?? []) add(needed, id);
  };
  for (const exchange of exchanges) if (matches(exchange)) add(exchange.id, exchange.id);
  return exchanges.filter((exchange) => wanted.has(exchange.id));
}
