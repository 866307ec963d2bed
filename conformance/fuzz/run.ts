// npm run fuzz -- NAME [--cases N] [--seed S], npm run fuzz -- api [--cases N] [--seed S] [--own]
import { parseArgs } from 'node:util';
import { runApiFuzz } from './api/run.ts';
import { formatReport } from './format-report.ts';
import { fuzz } from './fuzz.ts';
import { TARGETS } from './targets.ts';

const DEFAULT_CASES = 20_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    cases: { type: 'string', default: String(DEFAULT_CASES) },
    seed: { type: 'string', default: '1' },
    own: { type: 'boolean', default: false },
  },
});
const [name = ''] = positionals;
const [cases, seed] = [Number(values.cases), Number(values.seed)];
const isKnown = name === 'api' || Object.hasOwn(TARGETS, name);
if (!isKnown || !Number.isInteger(cases) || cases < 1 || !Number.isInteger(seed)) {
  console.error(`usage: npm run fuzz -- NAME [--cases N] [--seed S]\nNAME is one of: ${Object.keys(TARGETS).join(', ')}, api [--own]`);
  process.exit(2);
}
if (name === 'api') process.exit((await runApiFuzz({ cases, seed, isOwn: values.own })) ? 0 : 1);
const targets = (await TARGETS[name]?.()) ?? [];
const report = await fuzz(targets, { cases, seed });
console.log(formatReport(name, report));
process.exitCode = report.failures.length === 0 ? 0 : 1;
