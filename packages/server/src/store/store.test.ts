import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { isServerError } from '../errors/index.ts';
import { backupStore, lockStore, openStore } from './index.ts';
import { MIGRATIONS } from './migrations.ts';

function folder(): Disposable & { readonly file: string } {
  const path = mkdtempSync(join(tmpdir(), 'backplane-store-'));
  return { file: join(path, 'backplane.db'), [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

async function addOrg(store: ReturnType<typeof openStore>, name: string) {
  return store.db.insertInto('org').values({ name, created_at: 1, updated_at: 1 }).returning('id').executeTakeFirstOrThrow();
}

test('what was written is there after opening again [security/at-rest]', async () => {
  using place = folder();
  {
    await using store = openStore(place.file);
    await addOrg(store, 'one');
  }
  await using store = openStore(place.file);
  assert.deepEqual(
    (await store.db.selectFrom('org').select('name').execute()).map((row) => row.name),
    ['one'],
  );
  assert.equal(statSync(place.file).mode & 0o777, 0o600);
});

test('a transaction that throws leaves nothing', async () => {
  using place = folder();
  await using store = openStore(place.file);
  const attempt = store.db.transaction().execute(async (trx) => {
    await trx.insertInto('org').values({ name: 'half', created_at: 1, updated_at: 1 }).execute();
    throw new Error('stop');
  });
  await assert.rejects(attempt, /stop/);
  assert.equal((await store.db.selectFrom('org').selectAll().execute()).length, 0);
});

test('transactions at the same time wait for each other', async () => {
  using place = folder();
  await using store = openStore(place.file);
  await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      store.db.transaction().execute(async (trx) => {
        const { count } = await trx
          .selectFrom('org')
          .select((eb) => eb.fn.countAll<number>().as('count'))
          .executeTakeFirstOrThrow();
        await trx
          .insertInto('org')
          .values({ name: `${index} of ${count}`, created_at: 1, updated_at: 1 })
          .execute();
      }),
    ),
  );
  const names = (await store.db.selectFrom('org').select('name').execute()).map((row) => row.name.split(' of ')[1]);
  assert.deepEqual(names.sort(), Array.from({ length: 20 }, (_, index) => String(index)).sort());
});

test('foreign keys hold', async () => {
  using place = folder();
  await using store = openStore(place.file);
  await assert.rejects(store.db.insertInto('org_user').values({ org_id: 9, user_id: 9, role: 'Viewer' }).execute(), /FOREIGN KEY/);
});

test('a file that is no database is reported and left as it is', () => {
  using place = folder();
  writeFileSync(place.file, 'my shopping list, which nobody may overwrite');
  assert.throws(
    () => openStore(place.file),
    (error) => isServerError(error, 'store_corrupt') && /was not touched/.test(error.message),
  );
  assert.equal(readFileSync(place.file, 'utf8'), 'my shopping list, which nobody may overwrite');
});

test('a damaged database is reported and left as it is', async () => {
  using place = folder();
  {
    await using store = openStore(place.file);
    for (let index = 0; index < 200; index++) await addOrg(store, `org ${index} ${'x'.repeat(200)}`);
  }
  const bytes = readFileSync(place.file);
  bytes.fill(0xff, 4096, 12_288);
  writeFileSync(place.file, bytes);
  assert.throws(
    () => openStore(place.file),
    (error) => isServerError(error, 'store_corrupt'),
  );
  assert.ok(readFileSync(place.file).equals(bytes));
});

test('a database of a newer version is refused', async () => {
  using place = folder();
  await openStore(place.file).close();
  const raw = new DatabaseSync(place.file);
  raw.exec("INSERT INTO schema_version VALUES (99, 'from the future', 0)");
  raw.close();
  assert.throws(
    () => openStore(place.file),
    (error) => isServerError(error, 'store_newer') && /version 99/.test(error.message),
  );
});

test('a migration that fails changes nothing', async () => {
  using place = folder();
  await openStore(place.file).close();
  const broken = [
    ...MIGRATIONS,
    { version: MIGRATIONS.length + 1, title: 'broken', sql: 'CREATE TABLE extra (a INTEGER); CREATE NONSENSE;' },
  ];
  assert.throws(
    () => openStore(place.file, { migrations: broken }),
    (error) => isServerError(error, 'store_failed'),
  );
  const raw = new DatabaseSync(place.file);
  assert.equal(raw.prepare("SELECT count(*) AS n FROM sqlite_master WHERE name = 'extra'").get()?.n, 0);
  assert.equal(raw.prepare('SELECT max(version) AS v FROM schema_version').get()?.v, MIGRATIONS.length);
  raw.close();
});

test('a database of the first version keeps its users when it is opened by this one', async () => {
  using place = folder();
  await openStore(place.file, { migrations: MIGRATIONS.slice(0, 1) }).close();
  const raw = new DatabaseSync(place.file);
  raw.exec(`INSERT INTO org VALUES (1, 'Main Org.', 1, 1);
    INSERT INTO user VALUES (1, 'u', 'admin', 'admin@localhost', '', 'hash', 1, 0, 1, 1, 1);
    INSERT INTO org_user VALUES (1, 1, 'Admin');`);
  raw.close();
  await using store = openStore(place.file);
  const users = await store.db.selectFrom('user').innerJoin('org_user', 'user_id', 'id').selectAll().execute();
  assert.deepEqual(
    users.map(({ login, role, is_service_account, last_seen_at }) => [login, role, is_service_account, last_seen_at]),
    [['admin', 'Admin', 0, 0]],
  );
  await store.db
    .insertInto('org_user')
    .values({ org_id: 1, user_id: 1, role: 'None' })
    .onConflict((row) => row.doNothing())
    .execute();
});

test('closing twice is fine, and a closed store does not answer', async () => {
  using place = folder();
  const store = openStore(place.file);
  assert.equal(store.ping(), true);
  await store.close();
  await store.close();
  assert.equal(store.ping(), false);
});

test('a data folder that cannot be made is named', () => {
  assert.throws(
    () => openStore('/dev/null/data/backplane.db'),
    (error) => isServerError(error, 'data_folder_unusable') && /\/dev\/null\/data/.test(error.message),
  );
});

test('a place where no folder can be made is an error at once', () => {
  assert.throws(
    () => openStore('/proc/nope/deeper/backplane.db'),
    (error) => isServerError(error, 'data_folder_unusable') && /\/proc\/nope/.test(error.message),
  );
});

test('a second server over a database is told which process has it, until that lets go', () => {
  using place = folder();
  {
    using _held = lockStore(place.file);
    assert.throws(
      () => lockStore(place.file),
      (error) => isServerError(error, 'store_in_use') && error.message.includes(`process ${process.pid}, started 2`),
    );
  }
  lockStore(place.file)[Symbol.dispose]();
});

test('what a server that was killed has left says nothing', () => {
  using place = folder();
  writeFileSync(`${place.file}.owner`, '{"pid":1,"startedAt":"then"}');
  writeFileSync(`${place.file}.lock`, '');
  lockStore(place.file)[Symbol.dispose]();
});

test('a backup in the middle of a transaction is the database before it, for its owner only, and a whole database', async () => {
  using place = folder();
  const copy = `${place.file}.copy`;
  await using store = openStore(place.file);
  await addOrg(store, 'before');
  await store.db.transaction().execute(async (trx) => {
    await trx.insertInto('org').values({ name: 'during', created_at: 1, updated_at: 1 }).execute();
    const { bytes, schemaVersion } = backupStore(place.file, copy);
    assert.deepEqual([bytes, schemaVersion], [statSync(copy).size, MIGRATIONS.at(-1)?.version]);
  });
  await addOrg(store, 'after');
  assert.equal(statSync(copy).mode & 0o777, 0o600);
  await using restored = openStore(copy);
  const names = await restored.db.selectFrom('org').select('name').execute();
  assert.deepEqual(
    names.map(({ name }) => name),
    ['before'],
  );
});

test('a backup of nothing, and one onto something, are refused and leave all as it was', async () => {
  using place = folder();
  const refused = (what: RegExp) => (error: unknown) => isServerError(error, 'backup_failed') && what.test(error.message);
  assert.throws(() => backupStore(place.file, `${place.file}.copy`), refused(/no such database/));
  await openStore(place.file).close();
  writeFileSync(`${place.file}.copy`, 'mine');
  assert.throws(() => backupStore(place.file, `${place.file}.copy`), refused(/exists already/));
  assert.equal(readFileSync(`${place.file}.copy`, 'utf8'), 'mine');
  assert.throws(() => backupStore(place.file, '/no/such/folder/copy'), refused(/ENOENT/));
});

test('what a server that was killed had written is in a backup of its files', async () => {
  using place = folder();
  await using store = openStore(place.file);
  await addOrg(store, 'acknowledged');
  // The files as a kill leaves them: the change is in the log alone.
  const left = `${place.file}.left`;
  for (const part of ['', '-wal']) copyFileSync(`${place.file}${part}`, `${left}${part}`);
  backupStore(left, `${place.file}.copy`);
  await using restored = openStore(`${place.file}.copy`);
  const names = await restored.db.selectFrom('org').select('name').execute();
  assert.deepEqual(
    names.map(({ name }) => name),
    ['acknowledged'],
  );
});
