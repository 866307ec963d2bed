import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createNetServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { describe, test } from 'node:test';
import { createServer } from '../grpc/index.ts';
import { checkCookie, createPluginListenAddress, hostEnvironment, isProtocolError, negotiateVersion } from './index.ts';

describe('the environment that a host gives', () => {
  test('by default it is the four variables of a genuine host', () => {
    assert.deepEqual(hostEnvironment(), {
      grafana_plugin_type: 'datasource',
      PLUGIN_MIN_PORT: '10000',
      PLUGIN_MAX_PORT: '25000',
      PLUGIN_PROTOCOL_VERSIONS: '2',
    });
  });

  test('a socket folder and a client certificate are passed on when given', () => {
    const environment = hostEnvironment({ socketDir: '/run/x', clientCert: 'PEM', minPort: 1, maxPort: 2 });
    assert.equal(environment.PLUGIN_UNIX_SOCKET_DIR, '/run/x');
    assert.equal(environment.PLUGIN_CLIENT_CERT, 'PEM');
    assert.equal(environment.PLUGIN_MIN_PORT, '1');
    assert.equal(environment.PLUGIN_MAX_PORT, '2');
  });
});

describe('the environment that a plugin finds', () => {
  test('without the right cookie it tells a person what it is', () => {
    for (const env of [{}, { grafana_plugin_type: '' }, { grafana_plugin_type: 'app' }]) {
      assert.throws(
        () => checkCookie(env),
        (error) => isProtocolError(error, 'cookie_missing') && error.message.startsWith('This binary is a plugin.'),
      );
    }
    checkCookie(hostEnvironment());
  });

  test('version 2 is the answer to every list of versions', () => {
    for (const versions of ['2', '1,3', 'abc,2', '', undefined]) assert.equal(negotiateVersion({ PLUGIN_PROTOCOL_VERSIONS: versions }), 2);
  });

  test('socket names are fresh, unguessable and in the folder that the host names', () => {
    const paths = new Set<string>();
    for (let start = 0; start < 100; start++) {
      const address = createPluginListenAddress({ PLUGIN_UNIX_SOCKET_DIR: '/run/sockets' }, { tcp: false });
      assert.ok(address.network === 'unix' && dirname(address.path) === '/run/sockets');
      assert.match(address.path, /\/plugin[\w-]{22}$/);
      paths.add(address.path);
    }
    assert.equal(paths.size, 100);
  });

  test('without a folder the socket goes where temporary files go', () => {
    for (const env of [{}, { PLUGIN_UNIX_SOCKET_DIR: '' }]) {
      const address = createPluginListenAddress(env, { tcp: false });
      assert.ok(address.network === 'unix' && dirname(address.path) === tmpdir());
    }
  });

  test('a folder whose name leaves no room for a socket is named', () => {
    const choose = () => createPluginListenAddress({ PLUGIN_UNIX_SOCKET_DIR: `/${'d'.repeat(100)}` }, { tcp: false });
    assert.throws(choose, (error) => {
      return isProtocolError(error, 'socket_path_too_long') && error.facts.bytes > error.facts.maxBytes;
    });
  });

  test('over TCP the first free port of the range is taken, and a full range is named', async () => {
    const taken = createNetServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    await using server = createServer();
    const listen = (minPort: number, maxPort: number) =>
      server.listen(createPluginListenAddress(hostEnvironment({ minPort, maxPort }), { tcp: true }));
    try {
      await assert.rejects(listen(port, port), (error) => isProtocolError(error, 'port_range_exhausted') && error.facts.minPort === port);
      const { address } = await listen(port, Math.min(65_535, port + 100));
      assert.ok(address.network === 'tcp' && address.host === '127.0.0.1' && address.port > port);
    } finally {
      taken.close();
      await once(taken, 'close');
    }
  });

  test('unset ports mean any port; nonsense is refused by name', () => {
    assert.deepEqual(createPluginListenAddress({}, { tcp: true }), { network: 'tcp', host: '127.0.0.1', port: 0, lastPort: 0 });
    for (const [min, max, name] of [
      ['x', '1', 'PLUGIN_MIN_PORT'],
      ['1', '70000', 'PLUGIN_MAX_PORT'],
      ['2', '1', 'PLUGIN_MIN_PORT value of 2 is greater than PLUGIN_MAX_PORT value of 1'],
    ] as const) {
      const choose = () => createPluginListenAddress({ PLUGIN_MIN_PORT: min, PLUGIN_MAX_PORT: max }, { tcp: true });
      assert.throws(choose, (error) => {
        return isProtocolError(error, 'port_range_invalid') && error.message.includes(name);
      });
    }
  });
});
