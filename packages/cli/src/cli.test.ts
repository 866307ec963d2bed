import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCli } from './cli.ts';

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await runCli(args, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    columns: undefined,
    env: {},
    signal: new AbortController().signal,
  });
  return { code, out, err };
}

test('help is printed where it was asked for, and shows every command', async () => {
  for (const args of [['--help'], ['-h'], ['help']]) {
    const { code, out, err } = await run(...args);
    assert.deepEqual([code, err], [0, '']);
    for (const name of ['serve', 'call', 'build', 'pack', 'validate', 'backup', 'rotate-key'])
      assert.match(out, new RegExp(`^ {2}${name} `, 'm'));
  }
  const bare = await run();
  assert.deepEqual([bare.code, bare.out], [2, '']);
  assert.match(bare.err, /^Usage: backplane COMMAND/);
});

test('each command explains itself, by --help and by help', async () => {
  for (const name of ['serve', 'call', 'build', 'pack', 'validate', 'backup', 'rotate-key']) {
    const { code, out } = await run(name, '--help');
    assert.equal(code, 0);
    assert.match(out, new RegExp(`^Usage: backplane ${name} `));
    assert.equal((await run('help', name)).out, out);
    assert.ok(
      out.split('\n').every((line) => line.length <= 120),
      'lines fit a terminal',
    );
  }
});

test('an unknown command is answered with the one that was meant', async () => {
  const { code, err } = await run('sevre');
  assert.equal(code, 2);
  assert.match(err, /there is no command "sevre"\. Did you mean `backplane serve`\?/);
  assert.match((await run('frobnicate')).err, /There are serve, call, build, pack, validate, backup, and rotate-key\./);
  assert.equal((await run('help', 'toString')).code, 2);
});

test('wrong use of call is answered with what to write, exit code 2', async () => {
  const cases: readonly (readonly [string[], RegExp])[] = [
    [['call'], /which plugin\? Name its folder/],
    [['call', '.'], /what shall be called\? Name one of health, query, resource, metrics, subscribe, publish, run/],
    [['call', '.', 'helth'], /"helth" cannot be called; did you mean health\?/],
    [['call', '/no/such/folder', 'health'], /the plugin folder \/no\/such\/folder does not exist/],
    [['call', '.', 'health', '--timeout', 'soon'], /--timeout soon is no duration/],
    [['call', '.', 'health', '--rows', '0'], /--rows 0 is no whole number/],
    [['call', '.', 'health', '--sttings', 'x'], /did you mean --settings\?/],
  ];
  for (const [args, message] of cases) {
    const { code, out, err } = await run(...args);
    assert.deepEqual([code, out], [2, ''], args.join(' '));
    assert.match(err, message);
    assert.match(err, /See `backplane call --help`\./);
  }
});

test('an option of serve without its value is answered with what to write', async () => {
  const { code, err } = await run('serve', '--data');
  assert.equal(code, 2);
  assert.match(err, /--data needs a value: --data DIR/);
});

test('the version is that of the package', async () => {
  const { code, out } = await run('--version');
  assert.equal(code, 0);
  assert.match(out, /^\d+\.\d+\.\d+\n$/);
});
