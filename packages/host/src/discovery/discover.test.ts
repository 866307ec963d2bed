import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { describe, test } from 'node:test';
import { HostError } from '../errors/index.ts';
import { discoverPlugin, discoverPlugins } from './index.ts';

interface Tree extends AsyncDisposable {
  readonly root: string;
}

/** A folder of files; an object as content becomes JSON. */
async function tree(files: Record<string, unknown>): Promise<Tree> {
  const root = await mkdtemp(join(tmpdir(), 'backplane-discovery-'));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return { root, [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) };
}

const manifest = (id: string) => ({ id, type: id.split('-').at(-1), name: id });

async function idsAndFolders(root: string): Promise<string[]> {
  const { plugins } = await discoverPlugins(root);
  return plugins.map(
    (plugin) => `${plugin.manifest.id} in ${relative(root, plugin.folder)}${plugin.parentId ? ` of ${plugin.parentId}` : ''}`,
  );
}

describe('a folder that is made to harm', () => {
  const posix = { skip: process.platform === 'win32' && 'needs pipes and devices' };

  test('whose plugin.json is a pipe or a device is named, and nothing waits for it', posix, async () => {
    await using files = await tree({ 'good/plugin.json': manifest('acme-good-panel'), 'pipe/x': '', 'device/x': '' });
    execFileSync('mkfifo', [join(files.root, 'pipe/plugin.json')]);
    await symlink('/dev/zero', join(files.root, 'device/plugin.json'));
    const { plugins, failures } = await discoverPlugins(files.root);
    assert.deepEqual(
      plugins.map(({ manifest: { id } }) => id),
      ['acme-good-panel'],
    );
    assert.deepEqual(
      failures.map(({ error }) => error.message.replace(/^.*\((.*)\).*$/, `${error.code} $1`)),
      ['manifest_unreadable it is no file', 'manifest_unreadable it is no file'],
    );
  });

  test('with a link to the root of the disk is named, and the others are found', posix, async () => {
    await using files = await tree({
      'good/plugin.json': manifest('acme-good-panel'),
      'linked/plugin.json': manifest('acme-linked-panel'),
    });
    await using many = await tree({});
    for (let index = 0; index < 110; index++) {
      mkdirSync(join(many.root, `${index}`));
      for (let inner = 0; inner < 100; inner++) mkdirSync(join(many.root, `${index}/${inner}`));
    }
    await symlink(many.root, join(files.root, 'linked/out'));
    const { plugins, failures } = await discoverPlugins(files.root);
    assert.deepEqual(
      plugins.map(({ manifest: { id } }) => id),
      ['acme-good-panel', 'acme-linked-panel'],
    );
    assert.match(failures.map(({ error }) => error.message).join(), /linked cannot be read \(there are more than 10000 folders in it/);
  });
});

describe('discoverPlugins', () => {
  test('plugins are found in the order of their folders, dist preferred, node_modules skipped [D3]', async () => {
    await using files = await tree({
      'b/plugin.json': manifest('acme-b-datasource'),
      'a/plugin.json': manifest('acme-src-datasource'),
      'a/dist/plugin.json': manifest('acme-a-datasource'),
      'b/node_modules/x/plugin.json': manifest('acme-x-datasource'),
      'node_modules/y/plugin.json': manifest('acme-y-datasource'),
      'c/deep/er/plugin.json': manifest('acme-c-panel'),
      'plugin.json': manifest('acme-loose-panel'),
    });
    assert.deepEqual(await idsAndFolders(files.root), [
      'acme-a-datasource in a/dist',
      'acme-b-datasource in b',
      'acme-c-panel in c/deep/er',
    ]);
  });

  test('a plugin inside the folder of another is its child [D16]', async () => {
    await using files = await tree({
      'app/plugin.json': manifest('acme-app'),
      'app/datasource/plugin.json': manifest('acme-inner-datasource'),
      'app/datasource/panel/plugin.json': manifest('acme-innermost-panel'),
      'app2/plugin.json': manifest('acme-two-app'),
    });
    assert.deepEqual(await idsAndFolders(files.root), [
      'acme-app in app',
      'acme-inner-datasource in app/datasource of acme-app',
      'acme-innermost-panel in app/datasource/panel of acme-inner-datasource',
      'acme-two-app in app2',
    ]);
  });

  test('symlinks are followed and a loop of them ends [D6]', async () => {
    await using outside = await tree({ 'dist/plugin.json': manifest('acme-linked-datasource') });
    await using files = await tree({ 'a/plugin.json': manifest('acme-a-datasource') });
    await symlink(outside.root, join(files.root, 'linked'));
    await symlink(files.root, join(files.root, 'a', 'loop'));
    await symlink(join(files.root, 'gone'), join(files.root, 'dangling'));
    assert.deepEqual(await idsAndFolders(files.root), ['acme-a-datasource in a', 'acme-linked-datasource in linked/dist']);
  });

  test('one bad plugin never hides another, and each says what is wrong with it [D15] [D33]', async () => {
    await using files = await tree({
      'bad-id/plugin.json': { ...manifest('acme-a-datasource'), id: '../nope' },
      'bad-json/plugin.json': '{ "type": "panel", "id": ',
      'bad-type/plugin.json': { ...manifest('acme-b-datasource'), backend: 1 },
      'good/plugin.json': manifest('acme-good-datasource'),
      'twin/plugin.json': manifest('acme-good-datasource'),
    });
    const { plugins, failures } = await discoverPlugins(files.root);
    assert.deepEqual(
      plugins.map((plugin) => plugin.manifest.id),
      ['acme-good-datasource'],
    );
    assert.deepEqual(
      failures.map(({ folder, pluginId, error }) => [relative(files.root, folder), pluginId, error.code]),
      [
        ['bad-id', '../nope', 'plugin_id_invalid'],
        ['bad-json', undefined, 'manifest_not_json'],
        ['bad-type', 'acme-b-datasource', 'manifest_invalid'],
        ['twin', 'acme-good-datasource', 'plugin_duplicate'],
      ],
    );
  });

  test('placeholders of a build count as empty, and a nested plugin has the version around it [D19]', async () => {
    await using files = await tree({
      'app/plugin.json': { ...manifest('acme-app'), info: { version: '1.2.3', updated: '2026-01-01' } },
      'app/inner/plugin.json': { ...manifest('acme-inner-panel'), info: { version: '%VERSION%', updated: '%TODAY%' } },
      'app/own/plugin.json': { ...manifest('acme-own-panel'), info: { version: '9.0.0' } },
      'raw/plugin.json': { ...manifest('acme-raw-panel'), info: { version: '%VERSION%', updated: '%TODAY%' } },
    });
    const { plugins } = await discoverPlugins(files.root);
    assert.deepEqual(
      plugins.map(({ manifest: { id, info } }) => [id, info.version, info.updated]),
      [
        ['acme-app', '1.2.3', '2026-01-01'],
        ['acme-inner-panel', '1.2.3', '2026-01-01'],
        ['acme-own-panel', '9.0.0', '2026-01-01'],
        ['acme-raw-panel', '', ''],
      ],
    );
  });

  test('the files of a plugin are listed as they are then, through links, without loops and node_modules [D4]', async () => {
    await using outside = await tree({ 'deep/linked.txt': 'x' });
    await using files = await tree({ 'a/plugin.json': manifest('acme-a-panel'), 'a/img/a..b.svg': 'x', 'a/node_modules/m/x.js': 'x' });
    await symlink(outside.root, join(files.root, 'a', 'out'));
    await symlink(join(files.root, 'a'), join(files.root, 'a', 'img', 'loop'));
    await symlink(join(files.root, 'gone'), join(files.root, 'a', 'dangling'));
    const { plugins } = await discoverPlugins(files.root);
    await writeFile(join(files.root, 'a/later.js'), 'x');
    assert.deepEqual([...(plugins[0]?.files ?? [])].sort(), ['img/a..b.svg', 'out/deep/linked.txt', 'plugin.json']);
  });

  test('an id that is loaded already counts as a duplicate', async () => {
    await using files = await tree({ 'a/plugin.json': manifest('acme-a-datasource') });
    const { plugins, failures } = await discoverPlugins(files.root, new Map([['acme-a-datasource', '/elsewhere']]));
    assert.equal(plugins.length, 0);
    assert.match(failures[0]?.error.message ?? '', /because \/elsewhere already has that id/);
  });

  test('a missing plugins folder, and a file in its place, are named [D3]', async () => {
    await using files = await tree({ file: 'x' });
    for (const name of ['missing', 'file']) {
      await assert.rejects(
        discoverPlugins(join(files.root, name)),
        (error: HostError) =>
          error instanceof HostError && error.code === 'plugins_folder_missing' && error.message.includes(join(files.root, name)),
      );
    }
  });
});

describe('discoverPlugin', () => {
  test('a missing folder and a folder without plugin.json are told apart', async () => {
    await using files = await tree({ 'empty/readme': 'x' });
    await assert.rejects(discoverPlugin(join(files.root, 'missing')), { code: 'plugin_folder_missing' });
    await assert.rejects(discoverPlugin(join(files.root, 'empty')), { code: 'manifest_missing' });
  });

  test('the plugin in dist is taken, and its root is the folder that was given', async () => {
    await using files = await tree({ 'p/dist/plugin.json': manifest('acme-p-datasource') });
    const plugin = await discoverPlugin(join(files.root, 'p'));
    assert.deepEqual([plugin.folder, plugin.rootFolder], [join(files.root, 'p/dist'), join(files.root, 'p')]);
  });
});
