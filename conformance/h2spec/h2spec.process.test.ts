import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { needsGo } from '../support/go.ts';
import { CLIENT, SERVER } from './expected.ts';
import { type H2specReport, parseReport, runClientCases, runServerCases } from './h2spec.ts';
import { sendHello } from './hello-client.ts';
import { startHelloServer } from './hello-server.ts';

const go = await needsGo();
const TRIES = 5;

function assertExpected({ passed, failed, output }: H2specReport, expected: typeof SERVER | typeof CLIENT): void {
  assert.deepEqual(failed, Object.keys(expected.differences), `h2spec fails other cases than expected.ts lists:\n${output}`);
  assert.equal(new Set([...passed, ...failed]).size, expected.cases);
}

test('our server passes h2spec, but for what expected.ts lists', go, async () => {
  await using server = await startHelloServer();
  assertExpected(await runServerCases(server.port), SERVER);
});

test('our client passes h2spec for clients, but for what expected.ts lists', go, async () => {
  assertExpected(await runOnFreePorts(TRIES), CLIENT);
});

/** h2specd takes a row of ports that we have to choose, and one of them may be taken. */
async function runOnFreePorts(tries: number): Promise<H2specReport> {
  try {
    return await runClientCases(randomInt(20_000, 30_000), CLIENT.cases, sendHello);
  } catch (error) {
    if (tries > 1 && String(error).includes('address already in use')) return runOnFreePorts(tries - 1);
    throw error;
  }
}

test('verdicts are read from both programs', () => {
  const server =
    'HPACK: Header Compression for HTTP/2\n  2. Formats\n    2.3.3. Index\n      1: Sends\r      ✔ 1: Sends\n      × 2: Sends\n';
  const client = 'Generic tests for HTTP/2 client -> 5. Streams -> 5.1. Stream States\n× 8: closed: Sends\n   -> The endpoint MUST\n';
  const failures = 'Failures:\n  5. Streams\n    × 8: closed\n';
  const { passed, failed } = parseReport(server + client + failures);
  assert.deepEqual({ passed, failed }, { passed: ['hpack/2.3.3/1'], failed: ['hpack/2.3.3/2', 'client/5.1/8'] });
});
