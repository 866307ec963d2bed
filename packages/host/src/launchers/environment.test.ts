import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type EnvironmentParts, pluginEnvironment } from './environment.ts';

const parts: EnvironmentParts = {
  grafanaVersion: '12.4.0',
  provided: { GF_APP_URL: 'http://x' },
  settings: { api_key: 'from ini', mode: 'ini', path: '/p', id: 'i' },
  hostEnv: {
    PATH: '/bin',
    HOME: '/home/x',
    HTTPS_PROXY: 'p',
    no_proxy: 'n',
    GF_PLUGIN_MODE: 'host',
    GF_VERSION: 'host',
    SECRET: 's',
    EMPTY: undefined,
  },
  forwardHostEnv: false,
  softMemoryBytes: undefined,
  goPlugin: { grafana_plugin_type: 'datasource' },
};

test('a plugin gets listed variables only: neither PATH nor HOME, proxies yes, and the host wins over a setting', () => {
  assert.deepEqual(pluginEnvironment(parts), {
    GF_VERSION: '12.4.0',
    GF_APP_URL: 'http://x',
    GF_PLUGIN_API_KEY: 'from ini',
    GF_PLUGIN_MODE: 'host',
    HTTPS_PROXY: 'p',
    no_proxy: 'n',
    grafana_plugin_type: 'datasource',
  });
});

test('a plugin on the list gets the whole environment of the host, which wins over provided variables', () => {
  const environment = pluginEnvironment({ ...parts, forwardHostEnv: true });
  assert.equal(environment.PATH, '/bin');
  assert.equal(environment.SECRET, 's');
  assert.equal(environment.GF_VERSION, 'host');
  assert.equal(environment.grafana_plugin_type, 'datasource');
  assert.equal('EMPTY' in environment, false);
});

test('a soft memory limit is told to Go and to Node, and what somebody set by hand wins', () => {
  const limited = pluginEnvironment({ ...parts, softMemoryBytes: 256 * 2 ** 20 });
  assert.deepEqual([limited.GOMEMLIMIT, limited.NODE_OPTIONS], ['268435456', '--max-old-space-size=256']);
  const provided = { GOMEMLIMIT: '1GiB', NODE_OPTIONS: '--max-old-space-size=512' };
  const byHand = pluginEnvironment({ ...parts, provided, softMemoryBytes: 256 * 2 ** 20 });
  assert.deepEqual([byHand.GOMEMLIMIT, byHand.NODE_OPTIONS], ['1GiB', '--max-old-space-size=256 --max-old-space-size=512']);
});
