import { SecretSearch } from '../support/secret-search.ts';
import { type Difference, differencesOf } from './compare.ts';
import { type ExactJson, ExactNumber, formatExact } from './exact-json.ts';
import { perform, type Variables } from './perform.ts';
import type { Exchange } from './read-exchanges.ts';

/** How many exchanges of a family came out as recorded. */
export interface FamilyCount {
  readonly equal: number;
  readonly different: number;
  /** Different on purpose; see chosen.ts. */
  readonly chosen: number;
}

/** An exchange whose answer is not the recorded one. */
export interface Mismatch {
  readonly exchange: Exchange;
  readonly differences: readonly Difference[];
}

export interface ReplayResult {
  readonly families: ReadonlyMap<string, FamilyCount>;
  /** Those that nobody chose. */
  readonly mismatches: readonly Mismatch[];
  /** Ids that are said to differ on purpose but came out equal. */
  readonly needlesslyChosen: readonly string[];
}

export interface ReplayOptions {
  readonly base: string;
  /** Where the server behind proxied requests listens, as host:port. */
  readonly upstream: string;
  /** Ids of exchanges that differ on purpose. */
  readonly chosen?: ReadonlySet<string>;
  /** Learns the secrets that are sent; an answer with one in it is a mismatch. */
  readonly secrets?: SecretSearch;
  readonly signal?: AbortSignal;
}

/** Sends every request in order and compares each answer with the recorded one. A request without an answer is a mismatch. */
export async function replayExchanges(
  exchanges: readonly Exchange[],
  { base, upstream, chosen = new Set(), secrets = new SecretSearch(), signal }: ReplayOptions,
): Promise<ReplayResult> {
  const variables: Variables = { base, host: new URL(base).host, upstream };
  const families = new Map<string, FamilyCount>();
  const mismatches: Mismatch[] = [];
  const needlesslyChosen: string[] = [];
  for (const exchange of exchanges) {
    signal?.throwIfAborted();
    const differences = await compareOne(exchange, variables, secrets);
    const kind = differences.length === 0 ? 'equal' : chosen.has(exchange.id) ? 'chosen' : 'different';
    const count = families.get(exchange.family) ?? { equal: 0, different: 0, chosen: 0 };
    families.set(exchange.family, { ...count, [kind]: count[kind] + 1 });
    if (kind === 'different') mismatches.push({ exchange, differences });
    if (kind === 'equal' && chosen.has(exchange.id)) needlesslyChosen.push(exchange.id);
  }
  return { families, mismatches, needlesslyChosen };
}

async function compareOne(exchange: Exchange, variables: Variables, secrets: SecretSearch): Promise<readonly Difference[]> {
  try {
    const leaks: Difference[] = [];
    const response = await perform(exchange, variables, (sent, { rawHeaders, body }) => {
      secrets.learnFromBody(Buffer.from(sent.body ?? []).toString());
      const found = secrets.findInAnswer(sent.path, { headers: rawHeaders.join('\n'), body: body.toString('latin1') });
      leaks.push(...found.map((secret): Difference => ({ pointer: '', expected: 'no secret', actual: `the secret ${secret}` })));
    });
    return [...leaks, ...differencesOf(exchange.response, response, exchange.volatile)];
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    return [{ pointer: '', expected: 'an answer', actual: `${code} ${message}`.trim() }];
  }
}

/** A mismatch as readable text: what was asked, what it shows, and the first `limit` places that differ. */
export function formatMismatch({ exchange, differences }: Mismatch, limit: number): string {
  const { id, family, as = 'anonymous', request, why } = exchange;
  const shown = differences.slice(0, limit).map((d) => `  ${d.pointer || '/'}\n    - ${short(d.expected)}\n    + ${short(d.actual)}`);
  const more = differences.length > limit ? [`  … and ${differences.length - limit} more`] : [];
  return [`${id}  (${family}, as ${as})  ${request.method} ${request.path}`, `  ${why}`, ...shown, ...more].join('\n');
}

const SHORT_CHARACTERS = 300;

function short(value: ExactJson | undefined): string {
  const text = value === undefined ? '(absent)' : formatExact(value);
  return text.length > SHORT_CHARACTERS ? `${text.slice(0, SHORT_CHARACTERS)}… (${text.length} characters)` : text;
}

/** The table of families with their counts and, where there is one, the baseline. */
export function formatFamilies(families: ReadonlyMap<string, FamilyCount>, baseline: Readonly<Record<string, number>>): string {
  const rows = [...families].map(
    ([family, { equal, different, chosen }]) => [family, equal, chosen, equal + different + chosen, baseline[family] ?? 0] as const,
  );
  const total = [1, 2, 3, 4].map((i) => rows.reduce((sum, row) => sum + Number(row[i]), 0));
  const line = (name: string, ...numbers: readonly (string | number)[]) =>
    `${name.padEnd(22)}${numbers.map((number) => String(number).padStart(10)).join('')}`;
  return [line('family', 'equal', 'chosen', 'of', 'baseline'), ...rows.map((row) => line(...row)), line('all', ...total)].join('\n');
}

/** Families that have fewer exchanges that are equal, or differ on purpose, than the baseline says. */
export function familiesBelow(families: ReadonlyMap<string, FamilyCount>, baseline: Readonly<Record<string, number>>): string[] {
  return [...families].filter(([family, { equal, chosen }]) => equal + chosen < (baseline[family] ?? 0)).map(([family]) => family);
}

/** Mismatches as plain JSON for `--json`. */
export function toReport(mismatches: readonly Mismatch[]): object[] {
  return mismatches.map(({ exchange, differences }) => ({
    id: exchange.id,
    family: exchange.family,
    differences: differences.map((d) => ({ pointer: d.pointer, expected: textOf(d.expected), actual: textOf(d.actual) })),
  }));
}

const textOf = (value: ExactJson | undefined): string => (value instanceof ExactNumber ? value.text : short(value));
