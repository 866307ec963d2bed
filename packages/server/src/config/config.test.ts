import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isServerError } from '../errors/index.ts';
import { type LoadConfigOptions, loadConfig } from './index.ts';
import { parseIni } from './parse-ini.ts';

function withFile(ini: string, options: Omit<LoadConfigOptions, 'configFile'> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'backplane-config-'));
  const configFile = join(folder, 'grafana.ini');
  writeFileSync(configFile, ini);
  try {
    return loadConfig({ configFile, homePath: folder, ...options });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function value(line: string): string | undefined {
  return parseIni(`[s]\n${line}`, 'test.ini')[0]?.value;
}

test('without anything the server listens on loopback, port 3000', () => {
  const config = loadConfig({ homePath: '/nowhere', env: {} });
  assert.equal(config.server.httpAddr, '127.0.0.1');
  assert.equal(config.server.httpPort, 3000);
  assert.equal(config.paths.data, '/nowhere/data');
  assert.equal(config.database.path, '/nowhere/data/backplane.db');
});

test('the environment wins over the file, and a flag over both', () => {
  const ini = '[server]\nhttp_port = 4001\nhttp_addr = 10.0.0.1\n[paths]\ndata = var';
  assert.equal(withFile(ini).server.httpPort, 4001);
  assert.equal(withFile(ini, { env: { GF_SERVER_HTTP_PORT: '4002' } }).server.httpPort, 4002);
  assert.equal(withFile(ini, { env: { GF_SERVER_HTTP_PORT: '4002' }, flags: { port: 4003 } }).server.httpPort, 4003);
});

test('values are quoted and commented as Grafana reads them', () => {
  assert.equal(value('k = plain ; comment'), 'plain');
  assert.equal(value('k = """#pass;word"""'), '#pass;word');
  assert.equal(value('k = """two\nlines"""'), 'two\nlines');
  assert.equal(value("k = 'single # not a comment' # comment"), 'single # not a comment');
  assert.equal(value('k = `back;quoted`'), 'back;quoted');
  assert.equal(value('k: colon'), 'colon');
  assert.equal(value('k = one \\\n  two'), 'one two');
  assert.equal(value('k ='), '');
});

test('sections keep their dots, and settings of plugins are overridden with dashes as underscores', () => {
  const config = withFile('[plugin.acme-ref-datasource]\nacme_note = from the file\nother = kept', {
    env: { GF_PLUGIN_ACME_REF_DATASOURCE_ACME_NOTE: 'from the environment' },
  });
  assert.deepEqual(config.pluginSettings, { 'acme-ref-datasource': { acme_note: 'from the environment', other: 'kept' } });
});

test('sections of plugins say how each is run; paths are absolute, and the environment overrides what the file names', () => {
  const ini = `[backplane.plugin.acme-a-datasource]
address = tls://plugins.example:50051
ca_file = keys/ca.pem
max_memory_bytes = 1000000
adress = a slip
[backplane.plugin.acme-b-datasource]
sandbox = true
sandbox_writable = /var/lib/b, scratch
idle_stop = 5m`;
  const { pluginConfigs, pluginSettings, unusedKeys, homePath } = withFile(ini, {
    env: { GF_BACKPLANE_PLUGIN_ACME_A_DATASOURCE_MAX_CONCURRENT_CALLS: '7' },
  });
  const { address, caFile, maxMemoryBytes, maxConcurrentCalls, lazyStart, sandbox } = pluginConfigs['acme-a-datasource'] ?? {};
  assert.deepEqual(
    [address, caFile, maxMemoryBytes, maxConcurrentCalls, lazyStart, sandbox],
    ['tls://plugins.example:50051', join(homePath, 'keys/ca.pem'), 1_000_000, 7, undefined, false],
  );
  const b = pluginConfigs['acme-b-datasource'];
  assert.deepEqual([b?.sandbox, b?.sandboxWritable, b?.idleStopMs], [true, ['/var/lib/b', join(homePath, 'scratch')], 300_000]);
  assert.deepEqual(pluginSettings, {}, 'nothing of it reaches a plugin');
  assert.deepEqual(unusedKeys, ['[backplane.plugin.acme-a-datasource] adress']);
});

test('variables and files are filled in', () => {
  const folder = mkdtempSync(join(tmpdir(), 'backplane-config-'));
  const secretFile = join(folder, 'password.txt');
  writeFileSync(secretFile, 'from-file\n');
  try {
    const config = withFile(`[security]\nadmin_user = $__env{WHO}-\${WHO}\nadmin_password = $__file{${secretFile}}`, {
      env: { WHO: 'me' },
    });
    assert.equal(config.security.adminUser, 'me-me');
    assert.equal(config.security.adminPassword?.open(), 'from-file');
    assert.equal(String(config.security.adminPassword), '[secret]');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a file that a value names and that is missing is an error with section and key', () => {
  assert.throws(
    () => withFile('[security]\nadmin_password = $__file{/no/such/file}'),
    (error) => isServerError(error, 'config_expansion_failed') && /\[security\] admin_password .*\/no\/such\/file/.test(error.message),
  );
});

test('a bad value names section, key and place', () => {
  const bad = [
    ['[server]\nhttp_port = many', /\[server\] http_port must be a whole number from 0 to 65535; it is set in .*grafana\.ini:2/],
    ['[auth.basic]\nenabled = perhaps', /\[auth\.basic\] enabled must be true or false/],
    ['[backplane]\nshutdown_timeout = soon', /\[backplane\] shutdown_timeout must be a time such as/],
    ['[database]\ntype = mysql', /\[database\] type must be one of sqlite3/],
    [
      '[backplane.plugin.acme]\naddress = plugins:1',
      /\[backplane\.plugin\.acme\] address must be unix:\/path\/of\/socket, tcp:.*grafana\.ini:2/,
    ],
    ['[backplane.plugin.acme]\nmax_memory_bytes = 1GiB', /\[backplane\.plugin\.acme\] max_memory_bytes must be a whole number/],
    [
      '[backplane.plugin.acme]\naddress = unix:/x\nsandbox = on',
      /\[backplane\.plugin\.acme\] sandbox cannot hold for a plugin with an address.*grafana\.ini:3/,
    ],
    ['[backplane.plugin.acme]\ncert_file = x', /\[backplane\.plugin\.acme\] cert_file needs key_file/],
  ] as const;
  for (const [ini, message] of bad) {
    assert.throws(
      () => withFile(ini),
      (error) => isServerError(error, 'config_value_invalid') && message.test(error.message),
    );
  }
});

test('a bad value from the environment names the variable', () => {
  assert.throws(() => loadConfig({ env: { GF_SERVER_HTTP_PORT: '99999' } }), /set in the environment \(GF_SERVER_HTTP_PORT\)/);
});

test('a line that is nothing names file and line', () => {
  for (const ini of ['[server]\nnonsense', '[open\n', '[s]\nk = """never closed']) {
    assert.throws(
      () => withFile(ini),
      (error) => isServerError(error, 'config_syntax') && /grafana\.ini:\d/.test(error.message),
      ini,
    );
  }
});

test('a configuration file that is named but missing is an error', () => {
  assert.throws(
    () => loadConfig({ configFile: '/no/such/grafana.ini' }),
    (error) => isServerError(error, 'config_unreadable'),
  );
});

test('keys that are not followed are listed and are no error', () => {
  const config = withFile('instance_name = x\napp_mode = production\n[server]\nrouter_logging = true\nhttp_port = 1\n[smtp]\nhost = x', {
    env: { GF_SMTP_USER: 'u', GF_SMTP_HOST: 'y' },
  });
  assert.deepEqual(config.unusedKeys, ['GF_SMTP_USER', '[DEFAULT] instance_name', '[server] router_logging', '[smtp] host']);
});

test('a key without a value counts as not set', () => {
  const config = withFile('[server]\nhttp_addr =\nhttp_port =\n[auth.basic]\nenabled =\n[paths]\ndata =');
  assert.deepEqual([config.server.httpAddr, config.server.httpPort, config.authBasic.enabled], ['127.0.0.1', 3000, true]);
  assert.match(config.paths.data, /\/data$/);
});

test('a value may refer to other keys of its section', () => {
  const ini = '[server]\nhttp_port = 4001\nroot_url = %(protocol)s://%(domain)s:%(http_port)s/base/';
  assert.equal(withFile(ini, { env: { GF_SERVER_HTTP_PORT: '4002' } }).server.rootUrl, 'http://localhost:4002/base/');
});

test('times are read with units, a bare number counts seconds', () => {
  assert.equal(withFile('[backplane]\nshutdown_timeout = 1m30s').backplane.shutdownTimeoutMs, 90_000);
  assert.equal(withFile('[backplane]\nshutdown_timeout = 5').backplane.shutdownTimeoutMs, 5000);
});

test("tracing is off without an address, and its keys are Grafana's", () => {
  assert.equal(withFile('').tracingOtlp.address, undefined);
  const { tracing, tracingOtlp } = withFile(`[tracing.opentelemetry]
custom_attributes = deployment.environment:prod, team:a:b
sampler_type = rateLimiting
sampler_param = 2.5
[tracing.opentelemetry.otlp]
address = localhost:4317
propagation = jaeger,w3c`);
  assert.deepEqual(tracing.customAttributes, { 'deployment.environment': 'prod', team: 'a:b' });
  assert.deepEqual([tracing.samplerType, tracing.samplerParam], ['rateLimiting', 2.5]);
  assert.deepEqual([tracingOtlp.address, tracingOtlp.propagation], ['localhost:4317', ['jaeger', 'w3c']]);
  const otlp = '[tracing.opentelemetry.otlp]\n';
  assert.throws(() => withFile(`${otlp}address = https://collector`), /must be host:port/);
  assert.throws(() => withFile(`${otlp}propagation = b3`), /must be one of w3c, jaeger/);
  assert.throws(() => withFile(`${otlp}insecure = false`), /must be one of true/);
  assert.throws(() => withFile('[tracing.opentelemetry]\ncustom_attributes = a'), /must be key:value/);
  assert.throws(() => withFile('[tracing.opentelemetry]\nsampler_param = all'), /must be a number/);
});
