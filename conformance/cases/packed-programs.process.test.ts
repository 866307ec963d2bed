import assert from 'node:assert/strict';
import { cp, readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { createHost, type PluginContext } from '@backplane/host';
import { HOST_CONTEXT, startGoProbe } from '../probes/index.ts';
import { packPlugin } from '../support/built-plugin.ts';
import { needsGo } from '../support/go.ts';
import { repositoryFolder } from '../support/paths.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { eventually } from './case.ts';

// The SQLite data source does its work in processes of its own: those have to start from what `backplane pack` makes, too.
const go = await needsGo();
const packed = await packPlugin(join(repositoryFolder, 'plugins', 'backplane-sqlite-datasource'), 'gpx_backplane_sqlite');
const SQL = 'SELECT name, value FROM t ORDER BY value';

for (const form of ['bundle', 'executable'] as const) {
  test(`the ${form} of the SQLite data source answers the genuine host, with an empty environment, and leaves no process`, go, async () => {
    await using place = await openPlace(form);
    const program = form === 'bundle' ? { command: process.execPath, args: [place.program] } : { command: place.program, args: [] };
    const probe = await startGoProbe({ ...program, emptyEnvironment: true });
    try {
      const context = { orgId: 1, uid: 'sqlite', updatedMs: 1, jsonData: { path: place.database } };
      const query = (refId: string, rawSql: string) => ({ refId, queryType: '', model: { rawSql } });
      const { responses = {} } = await probe.run({ op: 'query', context, queries: [query('A', SQL), query('B', 'SELECT nothing')] });
      assert.deepEqual(
        responses.A?.frames?.[0]?.fields.map(({ name, values }) => [name, values]),
        [
          ['name', ['one', 'zwölf']],
          ['value', ['1', '12']],
        ],
      );
      assert.deepEqual([responses.B?.status, responses.B?.errorSource], [400, 'downstream']);
      assert.equal((await probe.run({ op: 'health', context })).status, 'OK');
      if (process.platform === 'linux') assert.notEqual((await processesNaming(place.database)).length, 0);
    } finally {
      await probe[Symbol.asyncDispose]();
    }
    await eventually(
      () => processesNaming(place.database),
      (left) => left.length === 0,
    );
  });

  test(`the ${form} of the SQLite data source answers our host, and leaves no process`, async () => {
    await using place = await openPlace(form);
    {
      await using host = await createHost({ runRoot: join(place.folder, 'run') });
      const plugin = await host.launch(place.plugin);
      const dataSource = { ...HOST_CONTEXT.dataSource, jsonData: JSON.stringify({ path: place.database }) };
      const context = { ...HOST_CONTEXT, dataSource } as PluginContext;
      const timeRange = { fromMs: 0, toMs: 1000 };
      const query = { refId: 'A', queryType: '', maxDataPoints: 100n, intervalMs: 1000, timeRange, json: JSON.stringify({ rawSql: SQL }) };
      const { responses } = await plugin.queryData({ context, headers: {}, queries: [query] });
      const [names] = responses.get('A')?.frames[0]?.fields ?? [];
      assert.deepEqual([names?.get(0), names?.get(1), responses.get('A')?.error], ['one', 'zwölf', undefined]);
    }
    await eventually(
      () => processesNaming(place.database),
      (left) => left.length === 0,
    );
  });
}

/** A plugin folder with one form of the program alone, and a database. */
async function openPlace(form: 'bundle' | 'executable') {
  const folder = await temporaryFolder();
  const plugin = join(folder.path, 'plugin');
  const isExecutable = (file: string) => basename(file) === basename(packed.executable);
  const isScript = (file: string) => file.endsWith('.js');
  await cp(packed.folder, plugin, { recursive: true, filter: (file) => !(form === 'bundle' ? isExecutable(file) : isScript(file)) });
  const database = join(folder.path, 'data.db');
  const created = new DatabaseSync(database);
  created.exec(`CREATE TABLE t (name TEXT, value INTEGER); INSERT INTO t VALUES ('zwölf', 12), ('one', 1)`);
  created.close();
  const program = join(plugin, basename(packed[form]));
  return { folder: folder.path, plugin, program, database, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

/** Processes with that text on their command line; none where there is no /proc. */
async function processesNaming(text: string): Promise<string[]> {
  const ids = (await readdir('/proc').catch((): string[] => [])).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => line.includes(text));
}
