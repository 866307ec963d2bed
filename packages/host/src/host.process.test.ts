import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createHost, type DataResponse, HostError, type HostOptions, isHostError, type PluginHandle, type PluginHost } from './index.ts';
import { fixtureId, isRunning, openWorkshop, recordingLogger, until, type Workshop } from './launchers/fixtures/plugin-folder.ts';

const context = { orgId: 1, config: {}, userAgent: 'Grafana/12.4.0 (linux; amd64)' };

/** A host in a workshop; closing it checks that nothing is left. */
async function openHost(options: HostOptions = {}): Promise<AsyncDisposable & { readonly host: PluginHost; readonly workshop: Workshop }> {
  const workshop = openWorkshop();
  const host = await createHost({ runRoot: workshop.runRoot, ...options });
  return {
    host,
    workshop,
    async [Symbol.asyncDispose]() {
      await host[Symbol.asyncDispose]();
      await host[Symbol.asyncDispose]();
      workshop.assertNothingLeft();
      workshop[Symbol.dispose]();
    },
  };
}

async function ask(plugin: PluginHandle, mode: string, signal?: AbortSignal): Promise<DataResponse | undefined> {
  const query = {
    refId: 'A',
    queryType: '',
    maxDataPoints: 100,
    intervalMs: 1000,
    timeRange: { fromMs: 0, toMs: 1 },
    json: JSON.stringify({ mode }),
  };
  const { responses } = await plugin.queryData({ context, headers: {}, queries: [query] }, { signal });
  return responses.get('A');
}

/** What the fixture tells about its process. */
async function factsOf(plugin: PluginHandle): Promise<{ pid: number; argv: string[]; cwd: string; env: Record<string, string> }> {
  return JSON.parse((await plugin.checkHealth({ context, headers: {} })).message);
}

describe('a plugin that runs', () => {
  test('it gets its variables and nothing of the host: no PATH, no HOME, no arguments, and the working directory of the host [D34]', async () => {
    const id = fixtureId('well-behaved');
    await using opened = await openHost({
      grafanaVersion: '12.4.1',
      pluginSettings: { [id]: { api_key: 'k' } },
      environment: () => ({ GF_APP_URL: 'u' }),
    });
    const plugin = await opened.host.launch(opened.workshop.addPlugin('well-behaved'));
    const { env, argv, cwd, pid } = await factsOf(plugin);
    const { PLUGIN_UNIX_SOCKET_DIR: socketFolder = '', ...variables } = env;
    assert.deepEqual(variables, {
      GF_VERSION: '12.4.1',
      GF_APP_URL: 'u',
      GF_PLUGIN_API_KEY: 'k',
      grafana_plugin_type: 'datasource',
      PLUGIN_MIN_PORT: '10000',
      PLUGIN_MAX_PORT: '25000',
      PLUGIN_PROTOCOL_VERSIONS: '2',
      ...Object.fromEntries(Object.entries(process.env).filter(([name]) => /^(https?|no)_proxy$/i.test(name))),
    });
    assert.equal(socketFolder.startsWith(opened.workshop.runRoot), true);
    assert.deepEqual([argv, cwd], [[], process.cwd()]);
    assert.deepEqual([plugin.phase.kind, plugin.phase.kind === 'ready' && plugin.phase.pid], ['ready', pid]);
  });

  test('a plugin that floods its output still answers, and its host keeps its memory', async () => {
    await using opened = await openHost();
    const plugin = await opened.host.launch(opened.workshop.addPlugin('floods-output'));
    const before = process.memoryUsage().rss;
    for (let call = 0; call < 50; call++) assert.equal((await ask(plugin, 'ok'))?.status, 200);
    assert.ok(process.memoryUsage().rss - before < 200 * 1024 * 1024);
    assert.equal(
      plugin.stderrTail().every((line) => line.length <= 500),
      true,
    );
  });

  test('calls are counted by kind and outcome', async () => {
    await using opened = await openHost();
    const plugin = await opened.host.launch(opened.workshop.addPlugin('well-behaved'));
    await ask(plugin, 'ok');
    await assert.rejects(plugin.callResource({ context, path: '', method: 'GET', url: '', headers: {}, body: new Uint8Array() }), {
      code: 'method_not_implemented',
    });
    const counts = plugin.callCounts().map(({ endpoint, status, count }) => [endpoint, status, count]);
    assert.deepEqual(counts, [
      ['queryData', 'ok', 1],
      ['callResource', 'error', 1],
    ]);
  });
});

describe('a plugin that dies', () => {
  test('during a call the call says so, with the cause in the log, and the plugin is back for the next one [D24]', async () => {
    const logger = recordingLogger();
    await using opened = await openHost({ logger });
    const plugin = await opened.host.launch(opened.workshop.addPlugin('well-behaved'));
    const { pid } = await factsOf(plugin);
    await assert.rejects(ask(plugin, 'crash'), { code: 'connection_lost' });
    assert.equal((await ask(plugin, 'ok'))?.status, 200);
    assert.notEqual((await factsOf(plugin)).pid, pid);
    const line = logger.lines.find(({ message }) => message === 'plugin ended and is started again');
    assert.match(String(line?.fields.why), /^signal SIGSEGV: it reached for memory that is not there/);
    assert.deepEqual((line?.fields.stderrTail as string[] | undefined)?.at(-1), 'panic: out of cheese');
    assert.deepEqual(
      logger.lines
        .filter(({ fields }) => fields.logger === `plugin.${plugin.id}` && fields.port === undefined)
        .map(({ level, message }) => [level, message]),
      [['error', 'panic: out of cheese']],
    );
  });

  test('under load with SIGKILL every call gets an answer or a typed error, and it is started again without a wait', async (t) => {
    await using opened = await openHost();
    const plugin = await opened.host.launch(opened.workshop.addPlugin('well-behaved'));
    const { pid } = await factsOf(plugin);
    const outcomes: (number | string | undefined)[] = [];
    const enough = new AbortController();
    const callers = Array.from({ length: 8 }, async () => {
      while (!enough.signal.aborted) {
        const outcome = await ask(plugin, 'ok').then(
          (answer) => answer?.status,
          (error: unknown) => (isHostError(error) ? error.code : String(error)),
        );
        outcomes.push(outcome);
      }
    });
    try {
      await until(() => outcomes.length > 50);
      const killedAtMs = performance.now();
      process.kill(pid, 'SIGKILL');
      await until(() => plugin.phase.kind === 'ready' && plugin.phase.pid !== pid);
      t.diagnostic(`it was back after ${(performance.now() - killedAtMs).toFixed(0)} ms`);
      const seen = outcomes.length;
      await until(() => outcomes.length > seen + 50);
    } finally {
      enough.abort();
      await Promise.all(callers);
    }
    const waits = plugin.history().flatMap((phase) => (phase.kind === 'backing-off' ? [phase.nextStartMs - phase.sinceMs] : []));
    assert.ok(Math.max(0, ...waits) <= 500, `it was let wait for ${waits} ms`);
    assert.deepEqual(
      [...new Set(outcomes)].filter((outcome) => outcome !== 200 && outcome !== 'connection_lost'),
      [],
    );
    assert.ok(outcomes.slice(-40).every((outcome) => outcome === 200));
  });

  test('a call that is given up ends at once, and the plugin lives on', async () => {
    await using opened = await openHost();
    const plugin = await opened.host.launch(opened.workshop.addPlugin('well-behaved'));
    const controller = new AbortController();
    const hanging = assert.rejects(ask(plugin, 'hang', controller.signal), { code: 'request_cancelled' });
    await ask(plugin, 'ok');
    controller.abort(new Error('enough'));
    await hanging;
    assert.equal((await ask(plugin, 'ok'))?.status, 200);
  });

  test('a plugin that cannot be started again fails calls after their wait, with the reason', async () => {
    await using opened = await openHost({ restartWaitMs: 300 });
    const folder = opened.workshop.addPlugin('well-behaved');
    const plugin = await opened.host.launch(folder);
    const { pid } = await factsOf(plugin);

    renameSync(join(folder, 'gpx.js'), join(folder, 'gone.js'));
    process.kill(pid, 'SIGKILL');
    await until(() => plugin.phase.kind === 'backing-off' && plugin.phase.attempt > 1);
    await assert.rejects(ask(plugin, 'ok'), {
      code: 'plugin_unavailable',
      message: /has no executable for this machine.*not back in 300 ms/,
    });
    renameSync(join(folder, 'gone.js'), join(folder, 'gpx.js'));
    await until(() => plugin.phase.kind === 'ready');
    assert.equal((await ask(plugin, 'ok'))?.status, 200);
  });
});

describe('load', () => {
  test('starts what is good, collects what is not, and lists plugins without a backend [D11] [D15] [D18] [D20] [D21]', async () => {
    await using opened = await openHost({ startTimeoutMs: 20_000 });
    const { workshop, host } = opened;
    for (const fixture of ['well-behaved', 'exits-at-once', 'prints-noise-first']) workshop.addPlugin(fixture);
    workshop.addPlugin('sleeps', { id: 'acme-front-panel', manifest: { type: 'panel', backend: false, aliasIDs: ['old-panel'] } });
    mkdirSync(join(workshop.pluginsFolder, 'broken'));
    writeFileSync(join(workshop.pluginsFolder, 'broken', 'plugin.json'), '{');
    await host.load(workshop.pluginsFolder);
    assert.deepEqual(
      host.plugins().map(({ id, phase }) => [id, phase.kind]),
      [
        ['acme-front-panel', 'no-backend'],
        ['wellbehaved-datasource', 'ready'],
      ],
    );
    assert.deepEqual(
      host
        .problems()
        .map(({ pluginId, stage, code }) => [pluginId, stage, code])
        .sort(),
      [
        [undefined, 'discovery', 'manifest_not_json'],
        ['exitsatonce-datasource', 'start', 'handshake_missing'],
        ['printsnoisefirst-datasource', 'start', 'handshake_invalid'],
      ].sort(),
    );
    assert.equal(host.plugin('old-panel').id, 'acme-front-panel');
    await assert.rejects(ask(host.plugin('acme-front-panel'), 'ok'), { code: 'plugin_unavailable', message: /it has no backend/ });
    assert.throws(() => host.plugin('exitsatonce-datasource'), { code: 'plugin_not_registered' });

    writeFileSync(join(workshop.pluginsFolder, 'broken', 'plugin.json'), '{"id":"mended-panel","type":"panel"}');
    await host.load(workshop.pluginsFolder);
    assert.deepEqual(
      host.plugins().map(({ id }) => id),
      ['acme-front-panel', 'mended-panel', 'wellbehaved-datasource'],
    );
    assert.deepEqual(
      host
        .problems()
        .map(({ code }) => code)
        .sort(),
      ['handshake_invalid', 'handshake_missing'],
    );
  });

  test('a plugins folder and a plugin folder that are missing are named', async () => {
    await using opened = await openHost();
    await assert.rejects(opened.host.load('/no/such/folder'), { code: 'plugins_folder_missing', message: /\/no\/such\/folder/ });
    await assert.rejects(opened.host.launch('/no/such/plugin'), { code: 'plugin_folder_missing', message: /\/no\/such\/plugin/ });
  });

  test('a plugin that is disposed can be loaded again, and its old handle is of no use [D25] [D35]', async () => {
    await using opened = await openHost();
    const folder = opened.workshop.addPlugin('well-behaved');
    const first = await opened.host.launch(folder);
    await assert.rejects(opened.host.launch(folder), { code: 'plugin_duplicate' });
    await first[Symbol.asyncDispose]();
    await first[Symbol.asyncDispose]();
    await assert.rejects(ask(first, 'ok'), { code: 'plugin_unavailable' });
    assert.equal((await ask(await opened.host.launch(folder), 'ok'))?.status, 200);
  });

  test('plugins are stopped in parallel', async () => {
    const opened = await openHost({ shutdownWaitMs: 500, termWaitMs: 200 });
    const ids = Array.from({ length: 4 }, (_, index) => `acme-${index}-datasource`);
    for (const id of ids) opened.workshop.addPlugin('ignores-shutdown', { id });
    await opened.host.load(opened.workshop.pluginsFolder);
    assert.equal(opened.host.plugins().length, 4);
    const plugins = opened.host.plugins();
    const disposing = opened[Symbol.asyncDispose]();
    // Each of them holds out for 700 ms.
    await new Promise(setImmediate);
    assert.deepEqual(
      plugins.map(({ phase }) => phase.kind),
      ['draining', 'draining', 'draining', 'draining'],
    );
    await disposing;
    await assert.rejects(opened.host.launch('/'), (error: unknown) => error instanceof HostError);
  });
});

describe('a host that ends without a goodbye', () => {
  async function startHost(workshop: Workshop, ending: string): Promise<{ child: ChildProcess; pids: number[] }> {
    const program = fileURLToPath(new URL('../fixtures/host-that-ends.mjs', import.meta.url));
    const child = spawn(process.execPath, ['--conditions=backplane:source', program, workshop.pluginsFolder, workshop.runRoot, ending], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(child.stdout as NodeJS.ReadableStream, 'data');
    return { child, pids: JSON.parse(String(line)) };
  }

  test('by process.exit its plugins and folders are gone with it', async () => {
    using workshop = openWorkshop();
    for (const fixture of ['ignores-shutdown', 'leaves-grandchildren']) workshop.addPlugin(fixture);
    const { child, pids } = await startHost(workshop, 'exit');
    assert.equal(pids.length, 2);
    await once(child, 'exit');
    await until(() => workshop.processes().length === 0 && !pids.some(isRunning));
    workshop.assertNothingLeft();
  });

  test('by SIGKILL the next host sweeps its plugins and folders, and touches no other', {
    skip: process.platform !== 'linux' && 'needs /proc',
  }, async () => {
    using workshop = openWorkshop();
    for (const fixture of ['ignores-shutdown', 'leaves-grandchildren']) workshop.addPlugin(fixture);
    const { child, pids } = await startHost(workshop, 'wait');
    await using neighbour = await createHost({ runRoot: workshop.runRoot });
    assert.equal(pids.every(isRunning), true, 'a host that lives is left alone');
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.equal(pids.every(isRunning), true);
    const next = await createHost({ runRoot: workshop.runRoot });
    await until(() => workshop.processes().length === 0 && !pids.some(isRunning));
    await next[Symbol.asyncDispose]();
    assert.equal(readdirSync(workshop.runRoot).length, 1, 'the folder of the neighbour');
    await neighbour[Symbol.asyncDispose]();
    workshop.assertNothingLeft();
  });
});
