import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { Secret } from '../config/index.ts';
import { isServerError } from '../errors/index.ts';
import { openStore } from '../store/index.ts';
import { openSecrets, SecretBox, secretFields } from './index.ts';
import { loadMasterKey } from './master-key.ts';

function setup(day = '2026-01-01') {
  const folder = mkdtempSync(join(tmpdir(), 'backplane-secrets-'));
  const clock = { now: Date.parse(`${day}T12:00:00Z`) };
  const store = openStore(join(folder, 'backplane.db'));
  const box = new SecretBox(loadMasterKey({ secretKey: undefined, dataFolder: folder }).key, () => clock.now);
  return {
    folder,
    clock,
    store,
    box,
    async [Symbol.asyncDispose]() {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

const secrets = (values: Record<string, string>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, new Secret(value)]));

test('a secret prints as [secret] everywhere', () => {
  const secret = new Secret('hunter2');
  assert.equal(`${secret} ${JSON.stringify({ secret })} ${inspect({ secret })}`, '[secret] {"secret":"[secret]"} { secret: [secret] }');
  assert.equal(secret.open(), 'hunter2');
});

test('merging keeps what is not given, replacing forgets it', async () => {
  await using place = setup();
  const { box, store } = place;
  await box.merge(store.db, 'datasource:1', secrets({ one: '1', two: '2' }));
  await box.merge(store.db, 'datasource:1', secrets({ two: '', three: '3' }));
  const merged = await box.read(store.db, 'datasource:1');
  assert.deepEqual(openSecrets(merged), { one: '1', two: '', three: '3' });
  assert.deepEqual(secretFields(merged), { one: true, three: true });
  await box.replace(store.db, 'datasource:1', secrets({ four: '4' }));
  assert.deepEqual(openSecrets(await box.read(store.db, 'datasource:1')), { four: '4' });
});

test('the database file never holds a secret in the clear [security/at-rest]', async () => {
  await using place = setup();
  await place.box.merge(place.store.db, 'datasource:1', secrets({ password: 'canary-secret-value' }));
  await place.store.close();
  assert.equal(readFileSync(join(place.folder, 'backplane.db')).includes('canary-secret-value'), false);
});

test('a row that was moved to another owner does not open [security/at-rest]', async () => {
  await using place = setup();
  const { box, store } = place;
  await box.merge(store.db, 'datasource:1', secrets({ password: 'p' }));
  await store.db.updateTable('secret').set({ scope: 'datasource:2' }).execute();
  await assert.rejects(box.read(store.db, 'datasource:2'), (error) => isServerError(error, 'secret_undecryptable'));
});

test('another master key does not open anything [E15]', async () => {
  await using place = setup();
  const { box, store, folder } = place;
  await box.merge(store.db, 'datasource:1', secrets({ password: 'p' }));
  const other = new SecretBox(loadMasterKey({ secretKey: new Secret('another'), dataFolder: folder }).key);
  await assert.rejects(
    other.read(store.db, 'datasource:1'),
    (error) => isServerError(error, 'secret_undecryptable') && /secret_key/.test(error.message),
  );
});

test('each day has a data key of its own, and old values stay readable [E15]', async () => {
  await using place = setup('2026-01-01');
  const { box, store, clock } = place;
  await box.merge(store.db, 'a', secrets({ x: '1' }));
  await box.merge(store.db, 'b', secrets({ x: '2' }));
  clock.now += 86_400_000;
  await box.merge(store.db, 'c', secrets({ x: '3' }));
  assert.equal((await store.db.selectFrom('secret_key').selectAll().execute()).length, 2);
  assert.deepEqual(openSecrets(await box.read(store.db, 'a')), { x: '1' });
});

test('the generated key is readable by its owner only and is kept [security/at-rest]', () => {
  const folder = mkdtempSync(join(tmpdir(), 'backplane-key-'));
  try {
    const first = loadMasterKey({ secretKey: undefined, dataFolder: join(folder, 'data') });
    assert.equal(statSync(join(folder, 'data', 'secret.key')).mode & 0o777, 0o600);
    assert.deepEqual(loadMasterKey({ secretKey: undefined, dataFolder: join(folder, 'data') }), first);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a damaged key file is an error that says what to do, and is not replaced', () => {
  const folder = mkdtempSync(join(tmpdir(), 'backplane-key-'));
  try {
    writeFileSync(join(folder, 'secret.key'), 'oops');
    chmodSync(join(folder, 'secret.key'), 0o600);
    const load = () => loadMasterKey({ secretKey: undefined, dataFolder: folder });
    assert.throws(load, (error) => isServerError(error, 'secret_key_unusable') && /restore it from a backup/.test(error.message));
    assert.equal(readFileSync(join(folder, 'secret.key'), 'utf8'), 'oops');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
