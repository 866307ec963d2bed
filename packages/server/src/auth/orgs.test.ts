import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isServerError } from '../errors/index.ts';
import { openAccounts } from '../fixtures/accounts.ts';

const refused = (code: Parameters<typeof isServerError>[1]) => (error: unknown) => isServerError(error, code);

async function setup() {
  const place = await openAccounts();
  const add = (login: string, role: 'Admin' | 'Viewer', isServerAdmin = false) =>
    place.users.create({ login, email: '', name: '', password: place.password, role, isServerAdmin });
  const admin = await add('admin', 'Admin', true);
  return { ...place, admin, add };
}

test('who makes an organisation administrates it; names are taken once', async () => {
  await using place = await setup();
  const { orgs, admin } = place;
  const id = await orgs.create('Second', admin.id);
  assert.deepEqual(
    (await orgs.of(admin.id)).map(({ name, role }) => [name, role]),
    [
      ['Main Org.', 'Admin'],
      ['Second', 'Admin'],
    ],
  );
  await assert.rejects(orgs.create('Second', admin.id), refused('org_name_taken'));
  await assert.rejects(orgs.rename(id, 'Main Org.'), refused('org_rename_taken'));
  await orgs.rename(id, 'Second');
  await orgs.setAddress(id, { address1: 'Street 1', address2: '', city: 'Town', zipCode: '1', state: '', country: '' });
  assert.equal((await orgs.get({ name: 'Second' })).address.city, 'Town');
  await assert.rejects(orgs.get({ id: 99 }), refused('org_not_found'));
});

test('an organisation keeps an administrator, and the server keeps one', async () => {
  await using place = await setup();
  const { orgs, users, admin } = place;
  await assert.rejects(orgs.setRole(1, admin.id, 'Editor'), refused('org_admin_last_role'));
  await assert.rejects(orgs.removeMember(1, admin.id), refused('org_admin_last_removed'));
  for (const change of [
    () => users.remove(admin.id),
    () => users.setDisabled(admin.id, true),
    () => users.setServerAdmin(admin.id, false),
  ]) {
    await assert.rejects(change(), refused('server_admin_last'));
  }
  const { identity } = (await users.find('admin')) ?? {};
  assert.deepEqual([identity?.role, identity?.isServerAdmin], ['Admin', true], 'nothing of it was done');
});

test('an organisation goes with data sources, secrets, tokens and service accounts; its users stay', async () => {
  await using place = await setup();
  const { orgs, users, serviceAccounts, store, admin } = place;
  const org = await orgs.create('Second', admin.id);
  const { id } = await place.add('member', 'Viewer');
  await orgs.addMember(org, id, 'Editor');
  await users.useOrg(id, org);
  const robot = await serviceAccounts.create(org, { name: 'robot', role: 'Viewer', isDisabled: false });
  await serviceAccounts.addToken(org, robot.id, { name: 'one', lifetimeSeconds: 0 });
  const sealed = { key_id: 'k', sealed: new Uint8Array([1]), updated_at: 1 };
  await store.db
    .insertInto('secret_key')
    .values({ id: 'k', sealed: new Uint8Array([1]), created_at: 1 })
    .execute();
  await store.db
    .insertInto('secret')
    .values({ scope: `app:${org}:a`, name: 'n', ...sealed })
    .execute();
  await orgs.remove(org);
  assert.equal((await users.get(id)).orgId, 1);
  for (const table of ['secret', 'api_token'] as const) assert.deepEqual(await store.db.selectFrom(table).selectAll().execute(), [], table);
  await assert.rejects(serviceAccounts.get(org, robot.id), refused('service_account_not_found'));
  await assert.rejects(orgs.remove(org), refused('org_delete_missing'));
});

test('who leaves the last organisation can go with it, except who administrates the server', async () => {
  await using place = await setup();
  const { orgs, users, admin } = place;
  const { id } = await place.add('member', 'Viewer');
  const other = await place.add('other', 'Admin');
  assert.equal(await orgs.removeMember(1, id, { removeOrphan: true }), true);
  await assert.rejects(users.get(id), refused('user_not_found'));
  assert.equal(await orgs.removeMember(1, admin.id, { removeOrphan: true }), false);
  assert.equal((await users.get(admin.id)).isServerAdmin, true);
  await assert.rejects(orgs.removeMember(1, other.id), refused('org_admin_last_removed'));
});

test('users are found by part of login, e-mail or name, page by page', async () => {
  await using place = await setup();
  for (const login of ['anna', 'berta', 'hanna']) await place.add(login, 'Viewer');
  const find = async (query: string, page = 1, perPage = 10) => {
    const { total, users } = await place.users.search({ query, page, perPage });
    return [total, ...users.map((user) => user.login)];
  };
  assert.deepEqual(await find('ANNA'), [2, 'anna', 'hanna']);
  assert.deepEqual(await find('anna', 2, 1), [2, 'hanna']);
  assert.deepEqual(await find('_nna'), [0], 'a letter of patterns means itself');
  assert.equal((await place.orgs.members(1, { query: 'berta' })).members[0]?.role, 'Viewer');
});
