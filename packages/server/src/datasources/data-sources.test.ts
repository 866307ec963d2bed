import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Secret } from '../config/index.ts';
import { isServerError, type ServerErrorCode } from '../errors/index.ts';
import { createLogger } from '../log/index.ts';
import { openSecrets, SecretBox } from '../secrets/index.ts';
import { openStore } from '../store/index.ts';
import { DataSources, isParsableUrl, provisionDataSources, toDto, uidFromName } from './index.ts';

async function setup() {
  const folder = mkdtempSync(join(tmpdir(), 'backplane-datasources-'));
  mkdirSync(join(folder, 'datasources'));
  const store = openStore(join(folder, 'backplane.db'));
  for (const name of ['Main Org.', 'Other']) await store.db.insertInto('org').values({ name, created_at: 1, updated_at: 1 }).execute();
  const dataSources = new DataSources({ store, secrets: new SecretBox(new Uint8Array(32)), limit: 5000, now: () => 1000 });
  const lines: string[] = [];
  const logger = createLogger({ write: (line) => lines.push(line) });
  return {
    lines,
    dataSources,
    file: (text: string, name = 'a.yaml') => writeFileSync(join(folder, 'datasources', name), text),
    provision: (env = {}) => provisionDataSources({ dataSources, folders: [folder], env, logger }),
    async [Symbol.asyncDispose]() {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

const input = (name: string, more = {}) => ({ name, type: 'acme-ds', access: 'proxy', ...more });
const fails = (code: ServerErrorCode) => (error: unknown) => isServerError(error, code);
const secrets = (values: Record<string, string>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, new Secret(value)]));

test('without a name it is called after its type, then type-1', async () => {
  await using place = await setup();
  const names = [];
  for (let index = 0; index < 3; index++) names.push((await place.dataSources.add(1, input(''))).name);
  assert.deepEqual(names, ['acme-ds', 'acme-ds-1', 'acme-ds-2']);
});

test('the first of an organisation is its default, and a new default takes the flag', async () => {
  await using place = await setup();
  const { dataSources } = place;
  const first = await dataSources.add(1, input('one'));
  const second = await dataSources.add(1, input('two', { isDefault: true }));
  const other = await dataSources.add(2, input('one'));
  assert.deepEqual([first.isDefault, second.isDefault, other.isDefault], [true, true, true]);
  assert.equal((await dataSources.get(1, { uid: first.uid })).isDefault, false);
  await dataSources.update(1, second.id, input('two'));
  assert.deepEqual(
    (await dataSources.list(1)).map((one) => one.isDefault),
    [false, false],
  );
});

test('names, uids and lengths are checked [E1] [E10]', async () => {
  await using place = await setup();
  const { dataSources } = place;
  const one = await dataSources.add(1, input('one', { uid: 'one' }));
  await assert.rejects(dataSources.add(1, input('one')), fails('data_source_name_exists'));
  await assert.rejects(dataSources.add(1, input('two', { uid: 'one' })), fails('data_source_uid_exists'));
  for (const uid of ['a/b', 'a b', 'a.b', 'x'.repeat(41)])
    await assert.rejects(dataSources.add(1, input('two', { uid })), fails('data_source_uid_invalid'));
  await assert.rejects(dataSources.add(1, input('n'.repeat(191))), fails('data_source_name_invalid'));
  await assert.rejects(dataSources.add(1, input('u', { url: 'u'.repeat(256) })), fails('data_source_url_too_long'));
  await dataSources.add(1, input('two', { uid: 'two' }));
  await assert.rejects(dataSources.update(1, one.id, input('two')), fails('data_source_rename_conflict'));
  await assert.rejects(dataSources.update(1, one.id, input('one', { uid: 'other' })), fails('data_source_uid_change'));
  await assert.rejects(dataSources.update(2, one.id, input('one')), fails('data_source_not_found'));
});

test('an old version is refused, a later one counted on, none starts again at 1 [E10]', async () => {
  await using place = await setup();
  const { dataSources } = place;
  const { id } = await dataSources.add(1, input('one'));
  assert.equal((await dataSources.update(1, id, input('one', { version: 1 }))).version, 2);
  await assert.rejects(dataSources.update(1, id, input('one', { version: 1 })), fails('data_source_version_conflict'));
  assert.equal((await dataSources.update(1, id, input('one', { version: 99 }))).version, 100);
  assert.equal((await dataSources.update(1, id, input('one'))).version, 1);
});

test('an update keeps url and secrets that it does not name, and clears jsonData', async () => {
  await using place = await setup();
  const { dataSources } = place;
  const { id } = await dataSources.add(
    1,
    input('one', { url: 'http://one', user: 'u', jsonData: '{"a":1}', secrets: secrets({ one: '1', two: '2', empty: '' }) }),
  );
  const after = await dataSources.update(1, id, input('one', { secrets: secrets({ two: '', three: '3' }) }));
  assert.deepEqual([after.url, after.user, after.jsonData], ['http://one', '', '{}']);
  const kept = await dataSources.secretsOf(after);
  assert.deepEqual(openSecrets(kept), { one: '1', three: '3', two: '' });
  const dto = toDto(after, kept, { typeName: '', typeLogoUrl: '' });
  assert.deepEqual(dto.secureJsonFields, { one: true, three: true });
});

test('every change moves the time of the change, even within one millisecond', async () => {
  await using place = await setup();
  const first = await place.dataSources.add(1, input('one'));
  const second = await place.dataSources.update(1, first.id, input('one'));
  assert.ok(second.updatedAtMs > first.updatedAtMs);
});

test('removing takes the secrets along [A34] [E5]', async () => {
  await using place = await setup();
  const one = await place.dataSources.add(1, input('one', { secrets: secrets({ a: 'b' }) }));
  await place.dataSources.remove(2, one.id);
  assert.ok(await place.dataSources.find(1, { id: one.id }));
  await place.dataSources.remove(1, one.id);
  assert.equal((await place.dataSources.secretsOf(one)).size, 0);
});

test('URLs are judged as Go judges them', () => {
  for (const url of [
    'example.com:8080',
    'localhost',
    'ftp://example.com/',
    '/only/a/path',
    'http://[::1]:9000/',
    'http://u:p@h/',
    'http://',
    'größe.example',
    'http://h/?%zz',
  ]) {
    assert.equal(isParsableUrl(url), true, url);
  }
  for (const url of [
    'http://example.com:port/',
    'http://example.com/%zz',
    'http://a b/',
    'http://[::1',
    'http://h/\u0001',
    '://x',
    'http://h%zz/',
  ]) {
    assert.equal(isParsableUrl(url), false, url);
  }
});

test('a file adds, updates with its version, and resets secrets', async () => {
  await using place = await setup();
  place.file(
    'apiVersion: 1\ndatasources:\n  - { name: Acme, type: acme-ds, editable: true, version: 3, url: $U, secureJsonData: { a: $T } }',
  );
  await place.provision({ U: 'http://u', T: 'token' });
  const first = await place.dataSources.get(1, { name: 'Acme' });
  assert.deepEqual([first.uid, first.version, first.readOnly, first.url], [uidFromName('Acme'), 1, false, 'http://u']);
  const changed = await place.dataSources.update(1, first.id, input('Acme', { secrets: secrets({ extra: '1' }) }));
  await place.provision({ U: 'http://u', T: 'token' });
  const reset = await place.dataSources.get(1, { id: changed.id });
  assert.equal(reset.version, 4);
  assert.deepEqual(openSecrets(await place.dataSources.secretsOf(reset)), { a: 'token' });
  await place.dataSources.update(1, first.id, input('Acme', { version: 4, database: 'mine' }));
  await place.provision();
  assert.equal((await place.dataSources.get(1, { id: first.id })).database, 'mine');
});

test('a file may give a data source another uid', async () => {
  await using place = await setup();
  const { id } = await place.dataSources.add(1, input('Acme', { uid: 'before' }));
  place.file('datasources: [{ name: Acme, type: t, uid: after }]');
  await place.provision();
  assert.equal((await place.dataSources.get(1, { id })).uid, 'after');
});

test('one that was renamed gets the name of its file back, with and without a uid in the file', async () => {
  await using place = await setup();
  place.file('datasources: [{ name: A, uid: a, type: t, editable: true }, { name: B, type: t, editable: true }]');
  await place.provision();
  for (const uid of ['a', uidFromName('B')]) {
    const { id } = await place.dataSources.get(1, { uid });
    await place.dataSources.update(1, id, input(`renamed ${id}`));
  }
  await place.provision();
  assert.deepEqual((await place.dataSources.list(1)).map(({ name }) => name).sort(), ['A', 'B']);
});

test('the uid of a name is the one Grafana makes', () => {
  assert.equal(uidFromName('Acme Without Uid'), 'PEBC6CA000E2B8F18');
});

test('pruned and deleted data sources go, others stay [E11]', async () => {
  await using place = await setup();
  await place.dataSources.add(1, input('By hand'));
  await place.dataSources.add(1, input('Acme Gone'));
  place.file('prune: true\ndeleteDatasources: [{ name: Acme Gone }]\ndatasources: [{ name: A, type: t }, { name: B, type: t }]');
  await place.provision();
  place.file('prune: true\ndatasources: [{ name: B, type: t }]');
  await place.provision();
  assert.deepEqual(
    (await place.dataSources.list(1)).map((one) => one.name),
    ['B', 'By hand'],
  );
});

test('a wrong file changes nothing and names file and line [E11]', async () => {
  await using place = await setup();
  place.file('datasources:\n  - { name: A, type: t, isDefault: true }');
  place.file('datasources:\n  - name: B\n    type: t\n    isDefault: true', 'b.yaml');
  await assert.rejects(
    place.provision(),
    (error) => isServerError(error, 'provisioning_invalid') && /b\.yaml:2: B is marked as default, but so is A/.test(error.message),
  );
  assert.deepEqual(await place.dataSources.list(1), []);
  place.file('datasources:\n  - name: B\n    orgId: 99', 'b.yaml');
  await assert.rejects(place.provision(), /b\.yaml:3: orgId names the organisation 99, which is not there; there is 1, 2/);
  place.file('datasources:\n  - type: t', 'b.yaml');
  await assert.rejects(place.provision(), /b\.yaml:2: name is missing/);
});

test('an access mode that does not exist becomes proxy, with a warning', async () => {
  await using place = await setup();
  place.file('datasources:\n  - { name: A, type: t, access: odd }');
  await place.provision();
  assert.equal((await place.dataSources.get(1, { name: 'A' })).access, 'proxy');
  assert.ok(place.lines.some((line) => line.includes('level=warn') && line.includes('access=odd')));
});
