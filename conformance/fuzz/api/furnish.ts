import type { KnownValues } from './description.ts';

type Ask = (method: string, path: string, body?: object) => Promise<unknown>;

const sources = ['fuzz-1', 'fuzz-2', 'fuzz-3'];
const logins = ['fuzz-user-1', 'fuzz-user-2', 'fuzz-user-3'];

/**
 * Puts data sources, users, an organisation and an enabled app on the server, as far as they are not there (any more).
 *
 * @returns values that mean something to this server; wherever a body takes a secret, it has the canary in it
 * @throws Error when the server does not answer an administrator
 */
export async function furnish(ask: Ask, { upstream, canary }: { upstream: string; canary: string }): Promise<KnownValues> {
  const secureJsonData = { token: `${canary}-s`, basicAuthPassword: `${canary}-b` };
  for (const uid of sources) {
    const url = `http://${upstream}`;
    await unlessThere(
      ask('POST', '/api/datasources', { name: uid, uid, type: 'acme-ref-datasource', access: 'proxy', url, secureJsonData }),
    );
  }
  for (const login of logins) await unlessThere(ask('POST', '/api/admin/users', { login, password: `${canary}-u` }));
  await unlessThere(ask('POST', '/api/orgs', { name: 'Fuzz' }));
  await ask('POST', '/api/plugins/acme-ref-app/settings', { enabled: true, jsonData: { upstream: `http://${upstream}` }, secureJsonData });
  const [plugins, found, users, orgs] = (await Promise.all(
    ['/api/plugins', '/api/datasources', '/api/users', '/api/orgs'].map((path) => ask('GET', path)),
  )) as Record<string, unknown>[][];
  const pluginIds = plugins?.map(({ id }) => id) ?? [];
  const usersNow = users?.filter(({ login }) => logins.includes(String(login))).map(({ id }) => String(id)) ?? [];
  const sourceIds = found?.filter(({ uid }) => sources.includes(String(uid))).map(({ id }) => String(id)) ?? [];
  return {
    parameters: {
      uid: [...sources, 'acme-prov', 'acme-prov-editable'],
      name: [...sources, 'README', 'Main Org.'],
      id: [...sourceIds, ...usersNow, '1', '2'],
      orgId: orgs?.map(({ id }) => String(id)) ?? [],
      userId: usersNow,
      tokenId: ['1', '2'],
      // The app has most to say.
      pluginId: ['acme-ref-app', 'acme-ref-app', ...pluginIds],
      loginOrEmail: logins,
      rest: ['echo', 'open/x', 'raw/x', 'half', 'chunked', 'status/404', 'secure/x', 'plugin.json'],
      target: ['user', 'org_user'],
      sort: ['login-asc', 'email-desc,name-asc'],
      accesscontrol: ['true'],
      'X-Grafana-Org-Id': ['1'],
    },
    fields: {
      datasource: sources.map((uid) => ({ uid })),
      type: pluginIds,
      access: ['proxy', 'direct'],
      url: [`http://${upstream}`],
      role: ['Viewer', 'Editor', 'Admin', 'None'],
      loginOrEmail: logins,
      enabled: [true],
      from: ['now-1h', '0'],
      to: ['now', '1700000000000'],
      theme: ['dark', ''],
      password: [`${canary}-p`],
      newPassword: [`${canary}-n`],
      oldPassword: [`${canary}-o`],
      secureJsonData: [secureJsonData, { token: '' }],
    },
  };
}

/** What is there already is 409 or 412. */
async function unlessThere(asked: Promise<unknown>): Promise<void> {
  await asked.catch((error: Error) => {
    if (!/: (?:409|412) /.test(error.message)) throw error;
  });
}
