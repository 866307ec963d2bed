import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig, Secret } from '../config/index.ts';
import { isServerError } from '../errors/index.ts';
import { openAccounts } from '../fixtures/accounts.ts';
import { SecretBox } from '../secrets/index.ts';
import { createFirstAdmin, createIdTokens, createPasswords, isAllowed } from './index.ts';
import { createGate } from './turns.ts';

async function setup() {
  return { ...(await openAccounts()), security: loadConfig().security };
}

const basic = (login: string, password: string) => ({ authorization: `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}` });

test('the first start makes an administrator with a generated password, the second start does not', async () => {
  await using place = await setup();
  const first = await createFirstAdmin(place.users, place.security);
  assert.equal(first?.login, 'admin');
  const password = first?.generatedPassword?.open() ?? '';
  assert.ok(password.length >= 20);
  assert.equal(await createFirstAdmin(place.users, place.security), undefined);
  const identity = await place.authenticator.authenticate(basic('admin', password));
  assert.deepEqual(
    { ...identity, uid: '' },
    {
      kind: 'user',
      userId: 1,
      uid: '',
      login: 'admin',
      name: 'admin',
      email: 'admin@localhost',
      orgId: 1,
      role: 'Admin',
      isServerAdmin: true,
    },
  );
});

test('of two servers that start on one data folder at the same time one makes the administrator', async () => {
  await using place = await setup();
  const made = await Promise.all([0, 1].map(() => createFirstAdmin(place.users, place.security)));
  assert.equal(made.filter((admin) => admin !== undefined).length, 1);
});

test('a password from the configuration is used and not returned', async () => {
  await using place = await setup();
  const first = await createFirstAdmin(place.users, { ...place.security, adminUser: 'root', adminPassword: new Secret('given') });
  assert.deepEqual(first, { login: 'root', generatedPassword: undefined });
  assert.equal((await place.authenticator.authenticate(basic('ROOT', 'given')))?.login, 'root');
});

test('a wrong password and an unknown user get the same error', async () => {
  await using place = await setup();
  await createFirstAdmin(place.users, { ...place.security, adminPassword: new Secret('right') });
  for (const [login, password] of [
    ['admin', 'wrong'],
    ['nobody', 'right'],
    ['admin', ''],
  ] as const) {
    await assert.rejects(place.authenticator.authenticate(basic(login, password)), (error) => isServerError(error, 'password_wrong'));
  }
});

test('five wrong passwords close the account for five minutes, also for the right one [security/guessing]', async () => {
  await using place = await setup();
  await createFirstAdmin(place.users, { ...place.security, adminPassword: new Secret('right') });
  for (let index = 0; index < 5; index++) await assert.rejects(place.authenticator.authenticate(basic('admin', 'wrong')));
  await assert.rejects(place.authenticator.authenticate(basic('Admin', 'right')), (error) => isServerError(error, 'password_wrong'));
  place.clock.now += 5 * 60_000 + 1;
  assert.equal((await place.authenticator.authenticate(basic('admin', 'right')))?.login, 'admin');
});

test('of guesses at the same time no more than five count, and a right password needs no luck', async () => {
  await using place = await setup();
  await createFirstAdmin(place.users, { ...place.security, adminPassword: new Secret('right') });
  const ask = (password: string) =>
    place.authenticator.authenticate(basic('admin', password)).then(
      () => 'in',
      () => 'out',
    );
  assert.deepEqual(new Set(await Promise.all(Array.from({ length: 20 }, () => ask('right')))), new Set(['in']));
  place.clock.now += 6 * 60_000; // the right password is no longer remembered
  const guesses = await Promise.all(Array.from({ length: 10 }, (_, index) => ask(index === 7 ? 'right' : `wrong ${index}`)));
  assert.deepEqual(new Set(guesses), new Set(['out']));
});

test('a gate refuses at once when too many wait, in all or of one key [security/guessing]', async () => {
  const gate = createGate({ running: 1, waiting: 3, waitingOfOneKey: 2 }, () => new Error('full'));
  const open = Promise.withResolvers<void>();
  const ask = (key: string) =>
    gate(() => open.promise, key).then(
      () => `${key} in`,
      () => `${key} out`,
    );
  const asked = ['a', 'a', 'a', 'a', 'b', 'b'].map(ask);
  open.resolve();
  assert.deepEqual(await Promise.all(asked), ['a in', 'a in', 'a in', 'a out', 'b in', 'b out']);
});

test('a gate lets no more than its number through at a time, and goes on after a failure', async () => {
  const gate = createGate({ running: 2, waiting: 10, waitingOfOneKey: 10 }, () => new Error('full'));
  let running = 0;
  let most = 0;
  const results = await Promise.allSettled(
    Array.from({ length: 7 }, (_, index) =>
      gate(async () => {
        most = Math.max(most, ++running);
        await Promise.resolve();
        running--;
        if (index % 2 === 0) throw new Error('no');
        return index;
      }),
    ),
  );
  assert.equal(most, 2);
  assert.deepEqual(
    results.map((result) => (result.status === 'fulfilled' ? result.value : undefined)),
    [undefined, 1, undefined, 3, undefined, 5, undefined],
  );
});

test('a header that is no basic authentication names nobody, a bearer token is refused', async () => {
  await using place = await setup();
  for (const authorization of [undefined, 'Basic %%%', 'Basic YWRtaW4=', 'Digest username="admin"', 'Bearer ', 'bearer abc']) {
    assert.equal(await place.authenticator.authenticate({ authorization }), undefined);
  }
  await assert.rejects(place.authenticator.authenticate({ authorization: 'Bearer abc' }), (error) =>
    isServerError(error, 'api_key_invalid'),
  );
});

test('in an organisation of others a user has no role', async () => {
  await using place = await setup();
  await createFirstAdmin(place.users, { ...place.security, adminPassword: new Secret('right') });
  const identity = await place.authenticator.authenticate({ ...basic('admin', 'right'), orgId: 77 });
  assert.equal(identity?.role, undefined);
  assert.ok(identity !== undefined && !isAllowed(identity, 'datasources:query'));
});

test('roles build on each other', async () => {
  const identity = { kind: 'user' as const, userId: 1, uid: 'u', login: 'l', name: 'n', email: 'e', orgId: 1, isServerAdmin: false };
  const allowed = (role: 'Viewer' | 'Editor' | 'Admin') =>
    (['datasources:query', 'datasources:explore', 'datasources:write', 'provisioning:reload'] as const).map((action) =>
      isAllowed({ ...identity, role }, action),
    );
  assert.deepEqual(allowed('Viewer'), [true, false, false, false]);
  assert.deepEqual(allowed('Editor'), [true, true, false, false]);
  assert.deepEqual(allowed('Admin'), [true, true, true, false]);
});

test('a login or e-mail is taken in any case of letters', async () => {
  await using place = await setup();
  await createFirstAdmin(place.users, { ...place.security, adminPassword: new Secret('right') });
  const user = { login: 'someone', email: 'someone@example.com', name: '', password: new Secret('long enough') };
  await place.users.create(user);
  await assert.rejects(place.users.create({ ...user, login: 'SOMEONE', email: '' }), (error) => isServerError(error, 'user_exists'));
  await assert.rejects(place.users.create({ ...user, login: 'x', password: new Secret('abc') }), (error) =>
    isServerError(error, 'password_too_short'),
  );
});

test('a wrong password costs one hash whether or not there is such a user, a right one none the second time [security/guessing]', async () => {
  const hashed: number[] = [];
  const passwords = createPasswords({ cost: 2 ** 4, onHash: (cost) => hashed.push(cost) });
  const hash = await passwords.hash('right');
  for (const known of [hash, undefined]) {
    hashed.length = 0;
    assert.equal(await passwords.verify('wrong', known), false);
    assert.deepEqual(hashed, [2 ** 4]);
  }
  hashed.length = 0;
  assert.deepEqual([await passwords.verify('right', hash), await passwords.verify('right', hash)], [true, true]);
  assert.equal(hashed.length, 1);
});

test('a right password is remembered, and no longer right once it changed', async () => {
  const passwords = createPasswords({ cost: 2 ** 4 });
  const [first, second] = [await passwords.hash('one'), await passwords.hash('two')];
  assert.equal(await passwords.verify('one', first), true);
  assert.equal(await passwords.verify('one', first), true);
  assert.equal(await passwords.verify('one', second), false);
  assert.equal(await passwords.verify('one', undefined), false);
});

test('identity tokens are signed by a key that outlives a restart', async () => {
  await using place = await setup();
  const secrets = new SecretBox(new Uint8Array(32).fill(7));
  const identity = {
    kind: 'user' as const,
    userId: 1,
    uid: 'abc',
    login: 'l',
    name: 'n',
    email: 'e',
    orgId: 1,
    role: 'Admin' as const,
    isServerAdmin: false,
  };
  const options = { store: place.store, secrets, issuer: 'http://localhost:3000/', now: () => place.clock.now };
  const token = (await createIdTokens(options)).issue(identity);
  const again = (await createIdTokens(options)).issue(identity);
  const part = (text: string, index: number) => JSON.parse(Buffer.from(text.split('.')[index] ?? '', 'base64url').toString());
  assert.deepEqual(part(token, 0), part(again, 0));
  assert.equal(part(token, 1).sub, 'user:abc');
  assert.equal(part(token, 1).exp - part(token, 1).iat, 600);
});

test('wrong passwords are logged until the login is locked, without the password', async () => {
  await using place = await setup();
  await createFirstAdmin(place.users, place.security);
  for (let guess = 0; guess < 8; guess++) {
    await assert.rejects(place.authenticator.authenticate(basic('admin', `guess-${guess}`)), (error) =>
      isServerError(error, 'password_wrong'),
    );
  }
  assert.equal(place.logged.length, 5);
  assert.match(place.logged[0] ?? '', /level=warn .*msg="A login was refused" login=admin lockedForNow=false/);
  assert.match(place.logged[4] ?? '', /lockedForNow=true/);
  assert.doesNotMatch(place.logged.join(''), /guess-/);
});
