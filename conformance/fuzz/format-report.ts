import { inspect } from 'node:util';
import type { FuzzReport } from './fuzz.ts';

/** A report for people: counts, every distinct refusal with its number, and the first failure with the way to repeat it. */
export function formatReport(name: string, { cases, accepted, refusals, failures, slowest }: FuzzReport): string {
  const refused = [...refusals.values()].reduce((sum, count) => sum + count, 0);
  const lines = [
    `${name}: ${cases} cases, ${accepted} accepted, ${refused} refused with ${refusals.size} distinct errors, ${failures.length} failed`,
    ...[...refusals].sort(([, a], [, b]) => b - a).map(([refusal, count]) => `${String(count).padStart(9)}  ${refusal}`),
    `slowest case: ${slowest.ms.toFixed(0)} ms, seed ${slowest.seed}`,
  ];
  const [first] = failures;
  if (first !== undefined) {
    lines.push(`failing seeds: ${failures.map(({ seed }) => seed).join(', ')}`);
    lines.push(
      `first failing seed: ${first.seed} (${first.target}); repeat: npm run fuzz -- ${name} --cases 1 --seed ${first.seed}`,
      inspect(first.error),
    );
  }
  return lines.join('\n');
}
