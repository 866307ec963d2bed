// npm run conformance [-- --filter ID] [--cases | --replay] [--only FAMILY,…] [--id ID,…] [--limit N] [--json FILE] [--update]
//
// Runs the two-way matrix with genuine Go, then replays the recordings, and prints how we stand.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { manifest, statements } from './manifest.ts';
import { replay } from './replay.ts';
import { buildGo } from './support/go.ts';
import { conformanceFolder } from './support/paths.ts';

const { values: flags } = parseArgs({
  options: {
    filter: { type: 'string' },
    cases: { type: 'boolean' },
    replay: { type: 'boolean' },
    only: { type: 'string' },
    id: { type: 'string' },
    limit: { type: 'string' },
    json: { type: 'string' },
    update: { type: 'boolean' },
  },
});
const both = !flags.cases && !flags.replay;
let failed = false;
if (both || flags.cases) failed = !(await runCases(flags.filter)) || failed;
if ((both && !flags.filter) || flags.replay) failed = !(await runReplay()) || failed;
printRules(flags.filter);
process.exitCode = failed ? 1 : 0;

/** All cases, or those whose name contains the filter: a rule's id, or a word. */
async function runCases(filter: string | undefined): Promise<boolean> {
  const folder = join(conformanceFolder, 'cases');
  const files = (await readdir(folder)).filter((name) => name.endsWith('.process.test.ts')).map((name) => join(folder, name));
  const pattern = filter === undefined ? [] : [`--test-name-pattern=${RegExp.escape(filter)}`];
  // Quiet: one line per case would drown the summary; failures are told in full.
  const args = ['--conditions=backplane:source', '--test', '--test-concurrency=1', '--test-timeout=120000', ...pattern, ...files];
  const child = spawn(process.execPath, args, { stdio: 'inherit', env: { ...process.env, NODE_TEST_CONTEXT: undefined } });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code === 0;
}

async function runReplay(): Promise<boolean> {
  const go = await buildGo();
  if ('missing' in go) {
    console.error(`The recordings are not replayed: ${go.missing}`);
    return process.env.CI !== 'true';
  }
  const split = (text: string | undefined) => (text === undefined ? [] : text.split(','));
  const isDetailed = flags.replay === true;
  const limit = Number(flags.limit ?? (isDetailed ? 8 : 0));
  return replay({ only: split(flags.only), ids: split(flags.id), limit, json: flags.json, update: flags.update });
}

function printRules(filter: string | undefined): void {
  const isAsked = ({ id }: { readonly id: string }) => filter === undefined || id.includes(filter);
  const rules = manifest.filter(isAsked);
  const counts = (['proved', 'differs', 'open'] as const).map((status) => {
    const of = (side: string) => rules.filter((rule) => rule.status === status && rule.side === side).length;
    const said = statements.filter((each) => isAsked(each) && each.status === status).length;
    return `${status.padEnd(8)}${String(of('host')).padStart(6)}${String(of('plugin')).padStart(8)}${String(said).padStart(12)}`;
  });
  console.log(`\nrules     host  plugin  statements   (of ${rules.length} and ${statements.filter(isAsked).length})\n${counts.join('\n')}`);
  for (const rule of [...manifest, ...statements])
    if (isAsked(rule) && rule.status === 'differs') console.log(`  differs: ${rule.id}: ${rule.reason}`);
  if (filter === undefined) return;
  for (const rule of rules) console.log(`  ${rule.status}: ${rule.number}. ${rule.id}: ${rule.rule} (${rule.source})`);
  for (const each of statements) if (isAsked(each)) console.log(`  ${each.status}: ${each.id}: ${each.statement} (${each.source})`);
}
