import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Secret } from '../config/index.ts';
import { isServerError } from '../errors/index.ts';
import { openStore } from '../store/index.ts';
import { openSecretBox, openSecrets, rotateMasterKey } from './index.ts';

const values = { password: 'canary', ['__proto__']: 'odd name' };

/** A database with two owners of secrets, sealed by the generated key or by `secretKey`. */
async function setup(secretKey?: Secret) {
  const folder = mkdtempSync(join(tmpdir(), 'backplane-keys-'));
  const file = join(folder, 'backplane.db');
  const store = openStore(file);
  const { db } = store;
  const box = await openSecretBox(db, { secretKey, dataFolder: folder });
  const secrets = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, new Secret(value)]));
  for (const scope of ['datasource:1', 'app:1:a']) await box.merge(db, scope, secrets);
  return {
    folder,
    db,
    async assertOpens(key?: Secret) {
      const opened = await openSecretBox(db, { secretKey: key, dataFolder: folder });
      for (const scope of ['datasource:1', 'app:1:a']) {
        assert.deepEqual(Object.entries(openSecrets(await opened.read(db, scope))).sort(), Object.entries(values).sort());
      }
    },
    sealed: async () => (await db.selectFrom('secret').select('sealed').execute()).map((row) => Buffer.from(row.sealed).toString('hex')),
    async [Symbol.asyncDispose]() {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

const isWrongKey = (what: RegExp) => (error: unknown) => isServerError(error, 'secret_key_wrong') && what.test(error.message);
const [before, after] = [new Secret('before'), new Secret('after')];

test('another key than that of the database is refused when it is opened, with what to do', async () => {
  await using place = await setup(before);
  const open = (secretKey: Secret | undefined) => openSecretBox(place.db, { secretKey, dataFolder: place.folder });
  await assert.rejects(open(after), isWrongKey(/backplane rotate-key/));
  await assert.rejects(open(undefined), isWrongKey(/secret\.key is not the key/));
  await place.assertOpens(before);
});

test('a database from before keys were noted is recognised by its data keys', async () => {
  await using place = await setup(before);
  await place.db.deleteFrom('kv').execute();
  await assert.rejects(openSecretBox(place.db, { secretKey: after, dataFolder: place.folder }), isWrongKey(/set the one before/));
  await place.assertOpens(before);
});

test('a rotation of the generated key seals everything anew and keeps the old key for older backups', async () => {
  await using place = await setup();
  const [oldKey, oldSealed] = [readFileSync(join(place.folder, 'secret.key'), 'utf8'), await place.sealed()];
  const oldDataKeys = await place.db.selectFrom('secret_key').select('id').execute();
  const { secrets, source, keptKeyFile } = await rotateMasterKey(place.db, { secretKey: undefined, dataFolder: place.folder });
  assert.deepEqual([secrets, source], [4, 'secret.key']);
  assert.equal(readFileSync(keptKeyFile as string, 'utf8'), oldKey);
  assert.notEqual(readFileSync(join(place.folder, 'secret.key'), 'utf8'), oldKey);
  assert.equal(
    (await place.sealed()).some((one) => oldSealed.includes(one)),
    false,
  );
  const dataKeys = await place.db.selectFrom('secret_key').select('id').execute();
  assert.equal(
    dataKeys.some(({ id }) => oldDataKeys.some((old) => old.id === id)),
    false,
    'data keys are new as well',
  );
  await place.assertOpens();
});

test('a rotation moves to a configured key, from the generated one or from another, and back', async () => {
  await using place = await setup();
  const rotate = (secretKey?: Secret, oldSecretKey?: Secret) =>
    rotateMasterKey(place.db, { secretKey, oldSecretKey, dataFolder: place.folder });
  assert.equal((await rotate(before)).source, '[security] secret_key');
  await place.assertOpens(before);
  await assert.rejects(rotate(before), isWrongKey(/set another one/));
  await assert.rejects(rotate(after), isWrongKey(/./));
  await rotate(after, before);
  await place.assertOpens(after);
  await rotate(undefined, after);
  await place.assertOpens();
});

test('a rotation that is cut short before or after its transaction leaves a database that opens', async () => {
  await using place = await setup();
  const { folder } = place;
  // Before: the next key lies there, and the database knows the current one.
  copyFileSync(join(folder, 'secret.key'), join(folder, 'saved'));
  await rotateMasterKey(place.db, { secretKey: undefined, dataFolder: folder });
  // After: the database knows the next key, which has not got its name.
  renameSync(join(folder, 'secret.key'), join(folder, 'secret.key.next'));
  renameSync(join(folder, 'saved'), join(folder, 'secret.key'));
  await place.assertOpens();
  assert.equal(existsSync(join(folder, 'secret.key.next')), false);
  copyFileSync(
    join(folder, readdirSync(folder).find((name) => /^secret\.key\.[0-9a-f]+$/.test(name)) as string),
    join(folder, 'secret.key.next'),
  );
  await place.assertOpens();
  await rotateMasterKey(place.db, { secretKey: undefined, dataFolder: folder });
  await place.assertOpens();
});

test('one secret that does not open stops a rotation, and nothing is changed', async () => {
  await using place = await setup(before);
  await place.db.updateTable('secret').set({ scope: 'datasource:9' }).where('scope', '=', 'app:1:a').execute();
  const sealed = await place.sealed();
  await assert.rejects(rotateMasterKey(place.db, { secretKey: after, oldSecretKey: before, dataFolder: place.folder }), (error) =>
    isServerError(error, 'secret_undecryptable'),
  );
  assert.deepEqual(await place.sealed(), sealed);
  await openSecretBox(place.db, { secretKey: before, dataFolder: place.folder });
});
