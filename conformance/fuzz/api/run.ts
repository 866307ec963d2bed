import { join } from 'node:path';
import { repositoryFolder } from '../../support/paths.ts';
import { type ApiFuzzReport, fuzzApi, MAX_GROWTH_BYTES, toMib } from './api.ts';
import { createSchemathesisSender, findSchemathesis, INSTALL_SCHEMATHESIS } from './schemathesis.ts';
import { sendOwn } from './send-own.ts';

/**
 * `npm run fuzz -- api [--cases N] [--seed S] [--own]`: schemathesis sends the requests when it is installed, our own
 * generator otherwise, or when asked to.
 *
 * @returns whether all held
 */
export async function runApiFuzz({ cases, seed, isOwn }: { cases: number; seed: number; isOwn: boolean }): Promise<boolean> {
  const program = isOwn ? undefined : await findSchemathesis(join(repositoryFolder, '.cache'));
  if (program === undefined && !isOwn)
    console.log(`schemathesis is not installed, our own generator sends. To install it: ${INSTALL_SCHEMATHESIS}`);
  const send = program === undefined ? sendOwn : createSchemathesisSender(program, (text) => console.error(text));
  const report = await fuzzApi({ requests: cases, seed, send, onProgress: (line) => console.error(line) });
  console.log(formatApiReport(report, program === undefined ? 'our own generator' : 'schemathesis', seed));
  return report.failures.length === 0;
}

function formatApiReport(
  { requests, statuses, foreignErrors, slowest, failures, memory, coverage }: ApiFuzzReport,
  by: string,
  seed: number,
): string {
  const sorted = <Key>(counts: ReadonlyMap<Key, number>) => [...counts].sort(([, a], [, b]) => b - a);
  return [
    `api: ${requests} requests by ${by}, seed ${seed}, ${failures.length} failed`,
    ...sorted(statuses).map(([status, count]) => `${String(count).padStart(9)}  ${status}`),
    `operations: ${coverage.described} described, ${coverage.asked} asked for, ${coverage.done} answered with 2xx; never: ${coverage.never.join(', ') || 'none'}`,
    `errors of plugins and upstreams: ${foreignErrors.size === 0 ? 'none' : ''}`,
    ...sorted(foreignErrors).map(([text, count]) => `${String(count).padStart(9)}  ${text}`),
    `longest answer: ${slowest.ms.toFixed(0)} ms, ${slowest.what}`,
    memory === undefined
      ? 'memory: not known here'
      : `memory: ${toMib(memory.warm)} MiB after a tenth, ${toMib(memory.peak)} at most, ${toMib(memory.end)} at the end; ${toMib(MAX_GROWTH_BYTES)} more are allowed`,
    ...failures.map((line) => `FAILED ${line}`),
  ].join('\n');
}
