import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SdkError } from '@backplane/sdk';
import { defineMacros, standardMacros } from '@backplane/sdk/sql';
import { needsGo } from './support/go.ts';
import { askSdk, createRandom, pick } from './support/sdk-answers.ts';

test('the standard macros become what they become in the genuine SDK', await needsGo(), async () => {
  const random = createRandom(21);
  const columns = ['t', 'a.b', 'coalesce(a, b)', 'f(g(x), (y))', ' spaced ', '"q"'];
  const macros: readonly (() => string)[] = [
    () => `$__timeFilter(${pick(random, columns)})`,
    () => `$__timeFrom(${pick(random, columns)})`,
    () => `$__timeTo(${pick(random, columns)})`,
    () => `$__timeGroup(${pick(random, columns)}, ${pick(random, ['minute', 'hour', 'day', 'month', 'year'])})`,
    () => pick(random, ['$__interval', '$__interval_ms', '$__table', '$__column', 'x', '(', 'SELECT', "'$__interval'"]),
    () => pick(random, ['$__timeFilter', '$__timeGroup(t)', '$__timeFilter(a, b)', '$__timeTo(x']),
  ];
  const questions = Array.from({ length: 2000 }, () => ({
    op: 'macros',
    text: Array.from({ length: 1 + Math.floor(random() * 4) }, () =>
      (random() < 0.1 ? pick(random, macros) : pick(random, macros.slice(0, 5)))(),
    ).join(' , '),
    ns: Math.floor(10 ** (random() * 8)) * 1_000_000,
    nowMs: Math.floor(random() * 2e12),
  }));
  const answers = await askSdk(questions);
  const engine = defineMacros(standardMacros);
  let expanded = 0;
  for (const [index, { text, ns, nowMs }] of questions.entries()) {
    const context = { timeRange: { fromMs: nowMs, toMs: nowMs + 3_600_000 }, interval: { ms: ns / 1e6 }, table: 'metrics', column: 'v' };
    const answer = answers[index];
    try {
      assert.equal(engine.expand(text, context), answer?.text, text);
      expanded++;
    } catch (error) {
      if (!(error instanceof SdkError)) throw error;
      // What is a mistake to us is one to Go. (It takes `$__timeFrom()` as having an empty argument.)
      assert.ok(answer?.error !== undefined, `${text}: ${error.message}`);
    }
  }
  assert.ok(expanded > 1000, `${expanded} were expanded`);
});
