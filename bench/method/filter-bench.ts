import type { Bench } from './types.ts';

/**
 * The cases whose name has the text, and the ratios that need no other.
 *
 * @throws RangeError when there is no such case
 */
export function filterBench<Work>(bench: Bench<Work>, text: string): Bench<Work> {
  const cases = bench.cases.filter(({ name }) => name.includes(text));
  if (cases.length === 0) throw new RangeError(`no case of ${bench.name} has ${JSON.stringify(text)} in its name`);
  const isKept = (name: string) => cases.some((one) => one.name === name);
  return { ...bench, cases, ratios: bench.ratios.filter((ratio) => ratio.cases.every(isKept)) };
}
