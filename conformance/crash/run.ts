// npm run crash [-- --kills N] [--writers N] [--seed S]
import { parseArgs } from 'node:util';
import { crash } from './crash.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    writers: { type: 'string', default: '6' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const [kills, writers, seed] = [values.kills, values.writers, values.seed].map(Number) as [number, number, number];
if (![kills, writers].every((value) => Number.isInteger(value) && value > 0) || !Number.isInteger(seed)) {
  console.error('usage: npm run crash [-- --kills N] [--writers N] [--seed S]');
  process.exit(2);
}
console.log(`seed ${seed}`);
const { violations, ...figures } = await crash({ kills, writers, seed, onProgress: (line) => console.error(line) });
for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(18)} ${value}`);
console.log(
  violations.length === 0
    ? 'violations         none'
    : `violations         ${violations.length}\n  ${violations.slice(0, 50).join('\n  ')}`,
);
process.exitCode = violations.length === 0 ? 0 : 1;
