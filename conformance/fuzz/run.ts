// npm run fuzz -- NAME [--cases N] [--seed S]
import { parseArgs } from 'node:util';
import { formatReport } from './format-report.ts';
import { fuzz } from './fuzz.ts';
import { TARGETS } from './targets.ts';

const DEFAULT_CASES = 20_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { cases: { type: 'string', default: String(DEFAULT_CASES) }, seed: { type: 'string', default: '1' } },
});
const [name = ''] = positionals;
const [cases, seed] = [Number(values.cases), Number(values.seed)];
const targets = Object.hasOwn(TARGETS, name) ? await TARGETS[name]?.() : undefined;
if (targets === undefined || !Number.isInteger(cases) || cases < 1 || !Number.isInteger(seed)) {
  console.error(`usage: npm run fuzz -- NAME [--cases N] [--seed S]\nNAME is one of: ${Object.keys(TARGETS).join(', ')}`);
  process.exit(2);
}
const report = await fuzz(targets, { cases, seed });
console.log(formatReport(name, report));
process.exitCode = report.failures.length === 0 ? 0 : 1;
