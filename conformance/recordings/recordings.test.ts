import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import test from 'node:test';
import { CHOSEN } from './chosen.ts';
import { differencesOf } from './compare.ts';
import { formatExact, joinPointer, parseExact, replaceAt, valueAt } from './exact-json.ts';
import { type Exchange, readExchanges, selectExchanges } from './read-exchanges.ts';
import { familiesBelow, formatFamilies, formatMismatch, replayExchanges } from './replayer.ts';
import { startUpstream } from './upstream.ts';

const folder = join(import.meta.dirname, 'exchanges');

test('JSON is read and written with the spelling of its numbers', () => {
  const text = '{"a":9007199254740993,"b":[1e+21,1e21,-0.50],"__proto__":"own","n":null,"t":true}';
  assert.equal(formatExact(parseExact(text)), text);
  for (const bad of ['', '{', '[1,]', '{"a"}', '01', '"open', 'nul', '1 2']) assert.throws(() => parseExact(bad), SyntaxError, bad);
});

test('a pointer finds and replaces members whose names have slashes and tildes', () => {
  const root = parseExact('{"a/b":{"c~d":[1,2]}}');
  const pointer = joinPointer(joinPointer('', 'a/b'), 'c~d');
  replaceAt(root, `${pointer}/1`, 'two');
  assert.equal(valueAt(root, `${pointer}/1`), 'two');
  assert.equal(valueAt(root, '/nothing/here'), undefined);
});

test('differences name the place; long integers differ by their last digit, floats not by their spelling', () => {
  const differ = (a: string, b: string, volatile: string[] = []) =>
    differencesOf(parseExact(a), parseExact(b), volatile).map((d) => d.pointer);
  assert.deepEqual(differ('{"a":9007199254740993}', '{"a":9007199254740992}'), ['/a']);
  assert.deepEqual(differ('{"a":1e+21}', '{"a":1e21}'), []);
  assert.deepEqual(differ('[1,2]', '[1]'), ['/length']);
  assert.deepEqual(differ('{"a":1}', '{"b":1}'), ['/a', '/b']);
  assert.deepEqual(differ('{"a":{"id":1},"b":"x"}', '{"a":{"id":"1"},"b":"y"}', ['/*/id', '/b']), ['/a/id']);
});

test('all exchanges can be read, each depends on exchanges before it', async () => {
  const all = await readExchanges(folder);
  assert.equal(new Set(all.map((exchange) => exchange.id)).size, all.length);
  const position = new Map(all.map((exchange, i) => [exchange.id, i]));
  for (const [i, exchange] of all.entries())
    for (const needed of exchange.setup ?? []) assert.ok(position.get(needed)! < i, `${exchange.id} needs ${needed}`);
  const one = selectExchanges(all, (exchange) => exchange.id === 'ds-get-uid');
  assert.equal(one.at(-1)?.id, 'ds-get-uid');
  assert.ok(one.length > 1 && one.length < 50, `${one.length} exchanges`);
});

test('a replay counts equal answers per family and describes the others readably', async () => {
  await using server = await answering((path) => (path === '/same' ? '{"n":1}' : '{"n":2,"more":true}'));
  const result = await replayExchanges([exchange('same'), exchange('other')], { base: server.base, upstream: '127.0.0.1:1' });
  assert.deepEqual(result.families.get('family'), { equal: 1, different: 1, chosen: 0 });
  const text = formatMismatch(result.mismatches[0]!, 8);
  assert.equal(
    text,
    'other  (family, as anonymous)  GET /other\n  to test\n  /body/n\n    - 1\n    + 2\n  /body/more\n    - (absent)\n    + true',
  );
  assert.match(formatFamilies(result.families, { family: 2 }), /family +1 +0 +2 +2\n/);
  assert.deepEqual(familiesBelow(result.families, { family: 2 }), ['family']);
  assert.deepEqual(familiesBelow(result.families, { family: 1 }), []);
});

test('an answer that differs on purpose is no mismatch, and one that does not differ after all is told', async () => {
  await using server = await answering(() => '{"n":2}');
  const [base, upstream] = [server.base, '127.0.0.1:1'];
  const other = await replayExchanges([exchange('other')], { base, upstream, chosen: new Set(['other']) });
  assert.deepEqual([other.mismatches, other.families.get('family')], [[], { equal: 0, different: 0, chosen: 1 }]);
  await using same = await answering(() => '{"n":1}');
  const equal = await replayExchanges([exchange('same')], { base: same.base, upstream, chosen: new Set(['same']) });
  assert.deepEqual(equal.needlesslyChosen, ['same']);
});

test('differences on purpose are at most a twentieth of the recordings, and each is told in docs/differences.md', async () => {
  const all = new Set((await readExchanges(folder)).map(({ id }) => id));
  const page = await readFile(join(import.meta.dirname, '../../docs/differences.md'), 'utf8');
  const chosen = Object.keys(CHOSEN);
  assert.ok(chosen.length <= all.size / 20, `${chosen.length} of ${all.size}`);
  assert.deepEqual(
    chosen.filter((id) => !all.has(id) || !page.includes(`\`${id}\``)),
    [],
  );
});

test('a server that does not answer is a mismatch, not the end of the replay', async () => {
  const server = await answering(() => '');
  await server[Symbol.asyncDispose]();
  const result = await replayExchanges([exchange('same')], { base: server.base, upstream: '127.0.0.1:1' });
  assert.match(String(result.mismatches[0]?.differences[0]?.actual), /ECONNREFUSED/);
});

test('the upstream shows what arrived', async () => {
  await using upstream = await startUpstream();
  const response = await fetch(`http://${upstream.address}/path?q=1`, { method: 'POST', body: 'text', headers: { 'x-acme': 'yes' } });
  const { method, url, headers, body } = (await response.json()) as Record<string, unknown>;
  assert.deepEqual([method, url, body, (headers as Record<string, string[]>)['x-acme']], ['POST', '/path?q=1', 'text', ['yes']]);
});

function exchange(id: string): Exchange {
  const response = parseExact('{"status":200,"headers":{"content-type":"application/json"},"body":{"n":1}}') as Exchange['response'];
  return { id, seq: 1, family: 'family', why: 'to test', request: { method: 'GET', path: `/${id}` }, response };
}

async function answering(body: (path: string) => string): Promise<AsyncDisposable & { readonly base: string }> {
  const server = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(body(request.url ?? ''));
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  let closed: Promise<unknown> | undefined;
  return {
    base: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      closed ??= new Promise((resolve) => server.close(resolve));
      await closed;
    },
  };
}
