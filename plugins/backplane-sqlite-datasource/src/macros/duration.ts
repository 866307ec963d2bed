const UNITS_MS: readonly (readonly [unit: string, ms: number])[] = [
  ['w', 604_800_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];

const WORDS: Readonly<Record<string, string>> = { second: '1s', minute: '1m', hour: '1h', day: '1d', week: '1w' };

/**
 * Reads a duration of fixed length: `5m`, `1h30m`, `500ms`, or one of the words second, minute, hour, day, week.
 *
 * @returns milliseconds, or undefined when the text is none; months and years have no fixed length and are none
 */
export function parseDuration(text: string): number | undefined {
  const source = WORDS[text.toLowerCase()] ?? text;
  if (!/^(?:\d+(?:\.\d+)?(?:ms|[smhdw]))+$/.test(source)) return undefined;
  let totalMs = 0;
  for (const [, count, unit] of source.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/g)) {
    totalMs += Number(count) * (UNITS_MS.find(([name]) => name === unit)?.[1] ?? 0);
  }
  return totalMs >= 1 ? Math.round(totalMs) : undefined;
}

/** The shortest exact text in one unit: 300000 is `5m`, 1500 is `1500ms`. */
export function formatDuration(ms: number): string {
  const [unit, unitMs] = UNITS_MS.find(([name, size]) => name !== 'w' && ms % size === 0) ?? ['ms', 1];
  return `${ms / unitMs}${unit}`;
}
