import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isServerError } from '../errors/index.ts';
import { openAccounts } from '../fixtures/accounts.ts';
import { createApiToken, hashApiToken, isApiToken, isLegacyApiKey } from './api-token.ts';

const refused = (code: Parameters<typeof isServerError>[1]) => (error: unknown) => isServerError(error, code);

test('a token has a checksum that Grafana computes, too', () => {
  // The example of Grafana's own tests (pkg/components/satokengen), in parts so that no scanner takes it for a leak.
  assert.equal(isApiToken(['glsa', 'yscW25imSKJIuav8zF37RZmnbiDvB05G', 'fcaaf58a'].join('_')), true);
  assert.equal(isApiToken('glsa_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_00000000'), false);
  for (let round = 0; round < 50; round++) {
    const token = createApiToken().open();
    assert.match(token, /^glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}$/);
    assert.ok(isApiToken(token));
    assert.ok(!isApiToken(token.slice(0, -1)) && !isApiToken(`${token}_x`) && !isApiToken(token.replace('glsa', 'glsb')));
  }
});

test('an API key of the old form is known as such', () => {
  const key = Buffer.from('{"k":"secret","n":"name","id":1}').toString('base64');
  assert.deepEqual([isLegacyApiKey(key), isLegacyApiKey('aaaa.bbbb.cccc'), isLegacyApiKey('bnVsbA==')], [true, false, false]);
});

test('a token lets its service account in with its role, and the store holds no token [security/tokens]', async () => {
  await using place = await openAccounts();
  const account = await place.serviceAccounts.create(1, { name: 'My  Robot', role: 'Editor', isDisabled: false });
  assert.equal(account.login, 'sa-1-my--robot');
  const { token } = await place.serviceAccounts.addToken(1, account.id, { name: 'one', lifetimeSeconds: 0 });
  const identity = await place.authenticator.authenticate({ authorization: `Bearer ${token.open()}` });
  assert.deepEqual([identity?.kind, identity?.role, identity?.orgId, identity?.isServerAdmin], ['service-account', 'Editor', 1, false]);
  const asBasic = `Basic ${Buffer.from(`api_key:${token.open()}`).toString('base64')}`;
  assert.equal((await place.authenticator.authenticate({ authorization: asBasic }))?.login, account.login);
  const rows = await place.store.db.selectFrom('api_token').selectAll().execute();
  assert.equal(rows[0]?.hash, hashApiToken(token.open()));
  assert.ok(!JSON.stringify(rows).includes(token.open().slice(5, 37)));
});

test('a token is refused when it is unknown, over, revoked, of another organisation, or its account is disabled [security/tokens]', async () => {
  await using place = await openAccounts();
  const { serviceAccounts, authenticator, store, clock } = place;
  const { id } = await serviceAccounts.create(1, { name: 'robot', role: 'Viewer', isDisabled: false });
  const ask = (token: string, orgId?: number) => authenticator.authenticate({ authorization: `Bearer ${token}`, orgId });
  await assert.rejects(ask(createApiToken().open()), refused('api_key_unknown'));
  await assert.rejects(ask('glsa_short_00000000'), refused('api_key_invalid'));

  const brief = (await serviceAccounts.addToken(1, id, { name: 'brief', lifetimeSeconds: 60 })).token.open();
  await assert.rejects(ask(brief, 2), refused('api_key_org_mismatch'));
  assert.equal((await ask(brief, 1))?.userId, id);
  clock.now += 60_000;
  await assert.rejects(ask(brief), refused('api_key_expired'));

  const { id: tokenId, token } = await serviceAccounts.addToken(1, id, { name: 'long', lifetimeSeconds: 0 });
  await serviceAccounts.update(1, id, { isDisabled: true });
  await assert.rejects(ask(token.open()), refused('user_disabled'));
  await serviceAccounts.update(1, id, { isDisabled: false });
  await store.db.updateTable('api_token').set({ is_revoked: 1 }).where('id', '=', tokenId).execute();
  await assert.rejects(ask(token.open()), refused('api_key_revoked'));
  await serviceAccounts.removeToken(1, id, tokenId);
  await assert.rejects(ask(token.open()), refused('api_key_unknown'));
  await assert.rejects(serviceAccounts.removeToken(1, id, tokenId), refused('token_not_found'));
});

test('names of service accounts and of tokens are taken once, and both go with the account', async () => {
  await using place = await openAccounts();
  const { serviceAccounts } = place;
  const robot = { name: 'robot', role: 'Viewer', isDisabled: false } as const;
  const { id, uid } = await serviceAccounts.create(1, robot);
  await assert.rejects(serviceAccounts.create(1, { ...robot, name: 'Robot' }), refused('service_account_exists'));
  const { token } = await serviceAccounts.addToken(1, id, { name: 'one', lifetimeSeconds: 0 });
  await assert.rejects(serviceAccounts.addToken(1, id, { name: 'one', lifetimeSeconds: 0 }), refused('token_exists'));
  await assert.rejects(serviceAccounts.addToken(1, id, { name: 'two', lifetimeSeconds: -1 }), refused('token_lifetime_invalid'));
  assert.equal(await serviceAccounts.idOf(1, uid), id);
  assert.equal((await serviceAccounts.search(1, { query: 'ROB', perPage: 10 })).accounts[0]?.tokens, 1);
  assert.equal((await serviceAccounts.search(1, { query: '%', perPage: 10 })).total, 0);
  await serviceAccounts.remove(1, id);
  await assert.rejects(place.authenticator.authenticate({ authorization: `Bearer ${token.open()}` }), refused('api_key_unknown'));
  await assert.rejects(serviceAccounts.get(1, id), refused('service_account_not_found'));
});

test('a service account has no password, no profile, and is no member that can be changed', async () => {
  await using place = await openAccounts();
  const { id, login } = await place.serviceAccounts.create(1, { name: 'robot', role: 'Admin', isDisabled: false });
  await assert.rejects(place.authenticator.logIn(login, '', undefined), refused('password_wrong'));
  await assert.rejects(place.users.setPassword(id, place.password), refused('user_not_found'));
  await assert.rejects(place.orgs.setRole(1, id, 'Viewer'), refused('user_not_found'));
  await assert.rejects(place.orgs.removeMember(1, id), refused('user_not_found'));
});
