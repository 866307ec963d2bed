// npm run chaos [-- --minutes N] [--plugins N] [--rate CALLS_PER_SECOND] [--kill-every MS] [--json FILE]
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { goPrograms } from '../method/index.ts';
import type { PluginKind } from './plugins.ts';
import { storm } from './storm.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    plugins: { type: 'string', default: '10' },
    rate: { type: 'string', default: '200' },
    'kill-every': { type: 'string', default: '1000' },
    json: { type: 'string' },
  },
});
const [minutes, count, callsPerSecond, killEveryMs] = [values.minutes, values.plugins, values.rate, values['kill-every']].map(Number);
if (![minutes, count, callsPerSecond, killEveryMs].every((value) => value !== undefined && value > 0)) {
  console.error('usage: npm run chaos [-- --minutes N] [--plugins N] [--rate CALLS_PER_SECOND] [--kill-every MS] [--json FILE]');
  process.exit(2);
}
const go = join(await goPrograms(), 'conformance-datasource');
const kinds: PluginKind[] = Array.from({ length: count as number }, (_, index) =>
  index % 2 === 0 ? { kind: 'go', file: go } : { kind: 'typescript' },
);
const report = await storm({
  durationMs: (minutes as number) * 60_000,
  callsPerSecond: callsPerSecond as number,
  killEveryMs: killEveryMs as number,
  plugins: kinds,
  callTimeoutMs: 15_000,
  onProgress: (text) => console.error(text),
});
const { violations, ...figures } = report;
for (const [name, value] of Object.entries(figures))
  console.log(`${name.padEnd(18)} ${typeof value === 'object' ? JSON.stringify(value) : value}`);
console.log(
  violations.length === 0
    ? 'violations         none'
    : `violations         ${violations.length}:\n  ${violations.slice(0, 50).join('\n  ')}`,
);
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`);
process.exitCode = violations.length === 0 ? 0 : 1;
