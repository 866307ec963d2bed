import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHost, type HostOptions, type PluginHandle, type PluginHost } from '@backplane/host';
import { goPlatform } from '../support/go.ts';
import type { PluginProgram } from './types.ts';

/** A plugin folder whose executable is a shell script: for what a genuine plugin never does. */
export interface ScriptedPlugin {
  readonly folder: string;
  readonly id: string;
  readonly program: PluginProgram;
  /** What the script has written to `$OUT/name`, or undefined. */
  written(name: string): Promise<string | undefined>;
}

/** A place for scripted plugins and for a host of ours with its own run folder; disposing ends and removes all. */
export interface Workshop extends AsyncDisposable {
  readonly host: PluginHost;
  /** `script` runs in sh, `$OUT` is a folder for what it wants to tell; without a script there is no executable. */
  add(script: string | undefined): Promise<ScriptedPlugin>;
  launch(script: string): Promise<PluginHandle>;
}

let count = 0;

export async function openWorkshop(options: HostOptions = {}): Promise<Workshop> {
  const root = await mkdtemp(join(tmpdir(), 'bp-ws-'));
  const host = await createHost({ runRoot: join(root, 'run'), ...options });
  const add = async (script: string | undefined) => addPlugin(join(root, 'plugins'), script);
  return {
    host,
    add,
    launch: async (script) => host.launch((await add(script)).folder),
    async [Symbol.asyncDispose]() {
      await host[Symbol.asyncDispose]();
      await rm(root, { recursive: true, force: true });
    },
  };
}

async function addPlugin(plugins: string, script: string | undefined): Promise<ScriptedPlugin> {
  const id = `scripted${++count}-datasource`;
  const folder = join(plugins, id);
  const out = join(folder, 'out');
  await mkdir(out, { recursive: true });
  const info = { version: '1.0.0', updated: '2026-01-01' };
  const manifest = { id, type: 'datasource', name: 'Scripted', backend: true, executable: 'gpx_scripted', info };
  await writeFile(join(folder, 'plugin.json'), JSON.stringify(manifest));
  const file = join(folder, `gpx_scripted_${goPlatform()}`);
  if (script !== undefined) {
    await writeFile(file, `#!/bin/sh\nOUT='${out}'\n${script}\n`);
    await chmod(file, 0o755);
  }
  const written = (name: string) => readFile(join(out, name), 'utf8').catch(() => undefined);
  return { folder, id, program: { command: file, args: [] }, written };
}
