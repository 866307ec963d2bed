import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isServerError } from '../errors/index.ts';
import { openAccounts } from '../fixtures/accounts.ts';

const device = { userAgent: 'test', clientIp: '127.0.0.1' };
const minuteMs = 60_000;
const dayMs = 86_400_000;
const refused = (code: Parameters<typeof isServerError>[1]) => (error: unknown) => isServerError(error, code);

async function setup() {
  const place = await openAccounts();
  const { id } = await place.users.create({ login: 'someone', email: '', name: '', password: place.password, isServerAdmin: true });
  return {
    ...place,
    userId: id,
    ask: (sessionCookie: string) => place.authenticator.authenticate({ authorization: undefined, sessionCookie }),
  };
}

test('a session lets its user in until it is closed', async () => {
  await using place = await setup();
  const { cookie, id } = await place.sessions.open(place.userId, device);
  const identity = await place.ask(cookie.open());
  assert.deepEqual([identity?.login, identity?.sessionId], ['someone', id]);
  assert.ok(!JSON.stringify(await place.store.db.selectFrom('session').selectAll().execute()).includes(cookie.open()));
  await place.sessions.close(cookie.open());
  await assert.rejects(place.ask(cookie.open()), refused('session_unknown'));
});

test('after ten minutes a session needs a new cookie; the old one counts until the new one was seen, then only for an exchange [security/cookies]', async () => {
  await using place = await setup();
  const { sessions, clock } = place;
  const first = (await sessions.open(place.userId, device)).cookie.open();
  await place.ask(first);
  clock.now += 10 * minuteMs + 1;
  await assert.rejects(place.ask(first), refused('session_rotation_due'));
  const second = (await sessions.rotate(first, device))?.cookie.open() ?? '';
  assert.equal((await place.ask(first))?.login, 'someone', 'the new one did not arrive yet');
  assert.equal((await place.ask(second))?.login, 'someone');
  await place.ask(first);
  clock.now += 1;
  await assert.rejects(place.ask(first), refused('session_rotation_due'));
});

test('tabs that exchange a cookie at the same time make one new cookie', async () => {
  await using place = await setup();
  const { cookie } = await place.sessions.open(place.userId, device);
  await place.ask(cookie.open());
  place.clock.now += 11 * minuteMs;
  const made = await Promise.all([1, 2, 3].map(() => place.sessions.rotate(cookie.open(), device)));
  assert.equal(made.filter((session) => session !== undefined).length, 1);
});

test('a session ends a week after its last use and a month after the login', async () => {
  await using place = await setup();
  const { sessions, clock } = place;
  const unused = (await sessions.open(place.userId, device)).cookie.open();
  let used = (await sessions.open(place.userId, device)).cookie.open();
  for (let day = 0; day < 29; day++) {
    await sessions.find(used);
    clock.now += dayMs;
    used = (await sessions.rotate(used, device))?.cookie.open() ?? '';
  }
  await assert.rejects(place.ask(unused), refused('session_unknown'));
  assert.equal((await place.ask(used))?.login, 'someone');
  clock.now += dayMs;
  await assert.rejects(place.ask(used), refused('session_unknown'));
  assert.deepEqual(await sessions.list(place.userId), []);
});

test('a new password, a disabled account and its removal end all sessions [security/tokens]', async () => {
  await using place = await setup();
  const { users, sessions } = place;
  const { id } = await users.create({ login: 'other', email: '', name: '', password: place.password });
  const open = async () => (await sessions.open(id, device)).cookie.open();
  const first = await open();
  await users.setPassword(id, place.password);
  await assert.rejects(place.ask(first), refused('session_unknown'));
  const second = await open();
  await users.setDisabled(id, true);
  await assert.rejects(place.ask(second), refused('session_unknown'));
  await users.setDisabled(id, false);
  const third = await open();
  await users.remove(id);
  await assert.rejects(place.ask(third), refused('session_unknown'));
});

test('a good password beside a wrong session counts, and a good session beside a wrong password', async () => {
  await using place = await setup();
  const { cookie } = await place.sessions.open(place.userId, device);
  const basic = (password: string) => `Basic ${Buffer.from(`someone:${password}`).toString('base64')}`;
  const ask = (authorization: string, sessionCookie: string) => place.authenticator.authenticate({ authorization, sessionCookie });
  assert.equal((await ask(basic('long enough'), 'nonsense'))?.sessionId, undefined);
  assert.ok((await ask(basic('wrong'), cookie.open()))?.sessionId);
  await assert.rejects(ask(basic('wrong'), 'nonsense'), refused('password_wrong'));
});
