// npm run bench -- NAME [--rounds N] [--filter TEXT] [--json FILE]
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { framesBench } from './benches/frames.ts';
import { hostCallBench } from './benches/host-call.ts';
import { pluginBench } from './benches/plugin.ts';
import { serverBench } from './benches/server.ts';
import { transportBench } from './benches/transport.ts';
import { wireMemoryBench } from './benches/wire-memory.ts';
import { type Bench, filterBench, formatResult, interleave } from './method/index.ts';

const BENCHES: Readonly<Record<string, () => Promise<Bench<unknown> & AsyncDisposable>>> = {
  frames: framesBench,
  'host-call': hostCallBench,
  plugin: pluginBench,
  server: serverBench,
  transport: transportBench,
  'wire-memory': wireMemoryBench,
};
const DEFAULT_ROUNDS = 7;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: String(DEFAULT_ROUNDS) },
    filter: { type: 'string', default: '' },
    json: { type: 'string' },
  },
});
const [name = ''] = positionals;
const rounds = Number(values.rounds);
const open = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
if (open === undefined || !Number.isInteger(rounds) || rounds < 1) {
  console.error(
    `usage: npm run bench -- NAME [--rounds N] [--filter TEXT] [--json FILE]\nNAME is one of: ${Object.keys(BENCHES).join(', ')}`,
  );
  process.exit(2);
}
await using bench = await open();
const result = await interleave(filterBench(bench, values.filter), rounds, (round) =>
  console.error(round < 0 ? 'warming up …' : `round ${round + 1} of ${rounds} …`),
);
console.log(formatResult(result));
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(result, null, 2)}\n`);
