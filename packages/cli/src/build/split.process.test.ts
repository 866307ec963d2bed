import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { bundlePlugin } from './bundle.ts';

const root = join(import.meta.dirname, '../../../..');
const buildInfo = { time: 0, pluginID: 'acme', version: '1' };

interface Built extends Disposable {
  readonly out: string;
  readonly names: readonly string[];
  readonly warnings: readonly string[];
  /** Runs the main script, and gives what it printed; its error on standard error, when it failed. */
  run(): string;
}

/** Bundles modules in a folder where the packages are found. */
async function build(files: Readonly<Record<string, string>>, { minify = false } = {}): Promise<Built> {
  mkdirSync(join(root, '.cache'), { recursive: true });
  const folder = mkdtempSync(join(root, '.cache/split-'));
  const out = join(folder, 'dist');
  for (const [name, text] of Object.entries({ 'package.json': '{"type":"module"}', ...files })) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const { main, others, warnings } = await bundlePlugin({ entry: join(folder, 'entry.ts'), name: 'gpx', minify, buildInfo });
  mkdirSync(out);
  for (const { name, text } of [main, ...others]) writeFileSync(join(out, name), text);
  return {
    out,
    names: readdirSync(out).sort(),
    warnings,
    run() {
      const { stdout, stderr, status } = spawnSync(process.execPath, [join(out, 'gpx.js')], { encoding: 'utf8', env: {} });
      return status === 0 ? stdout : stderr;
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}

const LIVE = {
  'entry.ts': `
    import { add, Shared } from './shared.ts';
    add();
    const later = await import('./later.ts');
    add();
    const { other } = await import('./other.ts');
    const parts = 'the script has this name, too';
    console.log(JSON.stringify([parts.length, later.read(), later.default(new Shared()), await later.inflate(), other]));`,
  'shared.ts': `
    export let count = 0;
    export const add = () => { count++; };
    export class Shared {}`,
  'later.ts': `
    import fs, { existsSync } from 'node:fs';
    import { count, Shared } from './shared.ts';
    import square from './square.cjs';
    import word from './both.ts';
    export const read = () => [count, square(3), existsSync === fs.existsSync, word, import.meta.filename.endsWith('gpx.js')];
    export const inflate = async () => typeof (await import('node:zlib')).inflateSync;
    export default (value: unknown) => value instanceof Shared;`,
  'other.ts': `import word from './both.ts'; import { read } from './later.ts'; export const other = word + read()[0] + '☃';`,
  'both.ts': `export default 'both';`,
  'square.cjs': `const { join } = require('node:path'); module.exports = (value) => join('a', String(value ** 2));`,
};

test('what is imported later is read then, once, and sees the same values as everything else', async () => {
  for (const minify of [false, true]) {
    using built = await build(LIVE, { minify });
    assert.equal(built.run(), '[29,[2,"a/9",true,"both",true],true,"function","both2☃"]\n');
    assert.ok(built.names.includes('gpx-later.js') && built.names.includes('gpx-other.js'), built.names.join());
    assert.ok(!built.names.some((name) => /main|entry|runtime/.test(name)), built.names.join());
    assert.deepEqual(built.warnings, []);
  }
});

test('a part that is missing or of another build is named, with what to do', async () => {
  using built = await build({ 'entry.ts': `await import('./later.ts');`, 'later.ts': `console.log('later');` });
  assert.equal(built.run(), 'later\n');
  writeFileSync(join(built.out, 'gpx-later.js'), '// build of last week\n(() => {})');
  assert.match(built.run(), /gpx-later\.js is of another build: the plugin was replaced while it ran; restart it/);
  rmSync(join(built.out, 'gpx-later.js'));
  assert.match(built.run(), /gpx-later\.js belongs to this plugin and cannot be read; keep the files of its folder together/);
});

test('what is imported by a name that the build cannot know is found when the program runs, from parts too', async () => {
  using built = await build({
    'entry.ts': `
      export const load = (name: string) => import(name);
      const { find } = await import('./later.ts');
      console.log((await load('node:os')).EOL.length, ...(await find()));`,
    'later.ts': `
      export async function find() {
        const names = ['node:path', 'data:text/javascript,export const sep = 1', new URL('./beside.mjs', import.meta.url).href];
        const found = [];
        for (const name of names) found.push((await import(name)).sep);
        return found;
      }`,
  });
  writeFileSync(join(built.out, 'beside.mjs'), 'export const sep = "beside";');
  assert.equal(built.run(), '1 / 1 beside\n');
});

test('an error of a part is that of the import, and the next import tries again', async () => {
  using built = await build({
    'entry.ts': `
      globalThis.tries = 0;
      for (let i = 0; i < 2; i++) console.log(await import('./later.ts').then(({ value }) => value, (error) => error.message));`,
    'later.ts': `if (++globalThis.tries === 1) throw new Error('not yet'); export const value = 'now';`,
  });
  assert.equal(built.run(), 'not yet\nnow\n');
});

test('a part that waits at its top level becomes a part of the main script, which is said', async () => {
  using built = await build({
    'entry.ts': `const { value } = await import('./later.ts'); console.log(value);`,
    'later.ts': `export const value = await Promise.resolve('waited');`,
  });
  assert.equal(built.run(), 'waited\n');
  assert.deepEqual(built.names, ['gpx.js']);
  assert.match(built.warnings.join(), /waits at its top level/);
});

test('a program that the plugin starts has a script of its own, with its arguments where it looks for them', async () => {
  using built = await build({
    'entry.ts': `
      import { spawnProgram } from '@backplane/sdk';
      const child = spawnProgram(new URL('./src/engine/main.ts', import.meta.url), ['a b'], { stdio: ['ignore', 'pipe', 'inherit'] });
      for await (const text of child.stdout!.setEncoding('utf8')) process.stdout.write(text);`,
    'src/engine/main.ts': `
      import { name } from '../name.ts';
      import { spawnProgram } from '@backplane/sdk';
      const { text } = await import('./later.ts');
      if (process.argv[2] === 'a b')
        spawnProgram(new URL('./main.ts', import.meta.url), ['again'], { stdio: 'inherit' }).on('exit', () => console.log(name, text, process.argv.slice(2)));
      else console.log(process.argv.slice(2));`,
    'src/engine/later.ts': `export const text = 'later';`,
    'src/name.ts': `export const name = 'engine';`,
  });
  assert.equal(built.run(), "[ 'again' ]\nengine later [ 'a b' ]\n");
  assert.ok(built.names.includes('gpx.src-engine-main.js') && built.names.includes('gpx.src-engine-main-later.js'), built.names.join());
});
