// npm run bench -- NAME [--rounds N] [--json FILE]
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { hostCallBench } from './benches/host-call.ts';
import { formatResult, interleave } from './method/index.ts';

const BENCHES = { 'host-call': hostCallBench };
const DEFAULT_ROUNDS = 7;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: String(DEFAULT_ROUNDS) }, json: { type: 'string' } },
});
const [name = ''] = positionals;
const rounds = Number(values.rounds);
if (!(name in BENCHES) || !Number.isInteger(rounds) || rounds < 1) {
  console.error(`usage: npm run bench -- NAME [--rounds N] [--json FILE]\nNAME is one of: ${Object.keys(BENCHES).join(', ')}`);
  process.exit(2);
}
await using bench = await BENCHES[name as keyof typeof BENCHES]();
const result = await interleave(bench, rounds, (round) => console.error(round < 0 ? 'warming up …' : `round ${round + 1} of ${rounds} …`));
console.log(formatResult(result));
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(result, null, 2)}\n`);
