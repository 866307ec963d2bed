import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { InjectOptions } from 'fastify';
import { openTestServer } from '../fixtures/test-server.ts';
import { backupStore } from '../store/index.ts';

// Every secret that a server can be given has this in it; the server of tests searches all that is said and kept for each.
const CANARY = 'canary-5f1d';

test('no secret leaves by any answer, any line of the log or any file: every route is asked, rightly and wrongly [security/secrets]', async () => {
  const env = {
    GF_SECURITY_ADMIN_PASSWORD: `${CANARY}-admin`,
    GF_SECURITY_SECRET_KEY: `${CANARY}-key`,
    GF_METRICS_BASIC_AUTH_USERNAME: 'metrics',
    GF_METRICS_BASIC_AUTH_PASSWORD: `${CANARY}-metrics`,
    SECRET: `${CANARY}-file`,
  };
  await using server = await openTestServer({
    env,
    files: { 'datasources/a.yaml': 'datasources: [{ name: F, uid: f, type: acme-ref-datasource, secureJsonData: { token: $SECRET } }]' },
  });
  let asked = 0;
  const asAdmin = { authorization: `Basic ${Buffer.from(`admin:${CANARY}-admin`).toString('base64')}` };
  const ask = async (method: string, url: string, body?: unknown, headers: Record<string, string> = asAdmin) => {
    const payload = body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) };
    const answer = await server.send({
      method,
      url,
      headers: { 'content-type': 'application/json', ...headers },
      ...payload,
    } as InjectOptions);
    asked++;
    return answer;
  };
  const secrets = { basicAuthPassword: `${CANARY}-basic`, httpHeaderValue1: `${CANARY}-header` };
  const source = {
    name: 'A',
    uid: 'a',
    type: 'acme-ref-datasource',
    access: 'direct',
    basicAuth: true,
    basicAuthUser: 'u',
    secureJsonData: secrets,
  };
  await ask('POST', '/api/datasources', source);
  await ask('PUT', '/api/datasources/uid/a', { ...source, secureJsonData: { later: `${CANARY}-later` } });
  await ask('POST', '/api/datasources', { ...source, name: 1 });
  await ask('POST', '/api/plugins/acme-ref-app/settings', { enabled: true, secureJsonData: { key: `${CANARY}-app` } });
  await ask('POST', '/api/admin/users', { login: 'someone', password: `${CANARY}-user` });
  await ask('POST', '/api/admin/users', { login: 'someone', password: `${CANARY}-user` });
  await ask('PUT', '/api/user/password', { oldPassword: `${CANARY}-wrong`, newPassword: `${CANARY}-new` });
  await ask('POST', '/login', { user: 'someone', password: `${CANARY}-wrong` });
  await ask('POST', '/login', `{"user":"someone","password":"${CANARY}-broken`);
  await ask('GET', '/api/org', undefined, { authorization: `Bearer ${CANARY}-bearer` });
  await ask('GET', '/api/org', undefined, { cookie: `grafana_session=${CANARY}-cookie` });
  for (const mode of ['fail', 'error', 'exit', 'down']) {
    await ask('POST', '/api/ds/query', { from: 'now-1h', to: 'now', queries: [{ refId: 'A', datasource: { uid: 'a' }, mode }] });
  }
  // What is given once, to whom it belongs, comes with the answer that makes it, and never again.
  const robot = JSON.parse((await ask('POST', '/api/serviceaccounts', { name: 'robot', role: 'Admin' })).text);
  const made = await server.send({
    method: 'POST',
    url: `/api/serviceaccounts/${robot.id}/tokens`,
    headers: { ...asAdmin, 'content-type': 'application/json' },
    payload: '{"name":"one"}',
  });
  const token = JSON.parse(made.text).key as string;
  const login = await server.send({
    method: 'POST',
    url: '/login',
    headers: { 'content-type': 'application/json' },
    payload: JSON.stringify({ user: 'someone', password: `${CANARY}-user` }),
  });
  const session = /grafana_session=([0-9a-f]+)/.exec(String(login.headers['set-cookie']))?.[1] ?? '';
  for (const { method, url } of server.app.guardedRoutes) {
    if (/logout|reload/.test(url)) continue;
    const ids: Readonly<Record<string, string>> = { uid: 'a', id: '1', orgId: '1', pluginId: 'acme-ref-app', name: 'A', userId: '1' };
    const path = url.replace(/:(\w+)/g, (_all, name: string) => ids[name] ?? '1').replace('*', 'echo');
    if (method !== 'DELETE') await ask(method, path, method === 'GET' || method === 'HEAD' ? undefined : {});
    await ask(method, path, undefined, { authorization: `Bearer ${token}` });
    await ask(method, path, undefined, { cookie: `grafana_session=${session}` });
  }
  assert.ok(asked > 200, `${asked} answers`);
  backupStore(server.services.config.database.path, join(server.folder, 'data', 'backup.db'));
});
