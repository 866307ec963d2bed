import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const node = [process.execPath, '--conditions=backplane:source', join(root, 'packages/cli/src/main.ts')] as const;

test('the TypeScript plugin of the README answers queries, health and resources', async () => {
  using folder = pluginFolder();
  const query = JSON.parse(await call(folder.path, 'query', '--query', '{"refId":"A"}', '--json'));
  const [frame] = query.responses.A.frames;
  assert.equal(query.responses.A.status, 200);
  assert.deepEqual(frame.schema.meta, { type: 'timeseries-multi', typeVersion: [0, 1] });
  assert.deepEqual(frame.schema.fields[1].labels, { wave: 'sine' });
  assert.equal(frame.data.values[1].length, 10);
  const health = JSON.parse(await call(folder.path, 'health', '--json'));
  assert.equal(health.status, 'OK');
  assert.match(health.message, /^up for \d+ ms$/);
  const resource = JSON.parse(await call(folder.path, 'resource', '--path', 'some/path', '--json'));
  assert.equal(resource.code, 200);
  assert.deepEqual(JSON.parse(resource.body), { path: '/some/path' });
});

test('the curl of the README answers with rows of the demo data', async () => {
  await using server = await serve('--demo');
  const answer = JSON.parse(await server.paste(block('sh', 'curl -s')));
  const [frame] = answer.results.A.frames;
  assert.deepEqual(
    frame.schema.fields.map((field: { name: string }) => field.name),
    ['room', 'celsius'],
  );
  assert.ok(frame.data.values[0].length > 1);
});

test('docs/cli.md creates a data source of the plugin of the README and queries it', async () => {
  const page = readFileSync(join(root, 'docs/cli.md'), 'utf8');
  using folder = pluginFolder();
  await using server = await serve('--dev', '--plugins', folder.parent);
  const created = JSON.parse(await server.paste(block('sh', '/api/datasources', page)));
  assert.equal(created.message, 'Datasource added');
  const answer = JSON.parse(await server.paste(block('sh', '"uid": "hello" }', page)));
  assert.equal(answer.results.A.frames[0].data.values[1].length, 10);
});

/** The first code block of a language that contains a text. */
function block(language: string, containing: string, page = readme): string {
  const blocks = [...page.matchAll(/```(\w+)\n([\s\S]*?)```/g)].filter((match) => match[1] === language);
  const found = blocks.find((match) => match[2]?.includes(containing))?.[2];
  assert.ok(found, `the page has no ${language} block with "${containing}"`);
  return found;
}

/** A server on a free port with a data folder of its own; `paste` runs lines of a page in a shell. */
async function serve(...args: string[]): Promise<AsyncDisposable & { paste(script: string): Promise<string> }> {
  mkdirSync(join(root, '.cache'), { recursive: true });
  const data = mkdtempSync(join(root, '.cache/readme-data-'));
  const server = spawn(node[0], [...node.slice(1), 'serve', ...args, '--port', '0', '--data', data], {
    env: { ...process.env, GF_SECURITY_ADMIN_PASSWORD: 'readme-password' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(server, 'exit');
  const stop = async () => {
    server.kill('SIGTERM');
    await exited;
    rmSync(data, { recursive: true, force: true });
  };
  try {
    const address = await printedAddress(server.stdout);
    const env = { ...process.env, PASSWORD: 'readme-password' };
    const paste = async (script: string) => {
      const { stdout } = await promisify(execFile)('bash', ['-c', script.replaceAll('http://127.0.0.1:3000', address)], { env });
      return stdout;
    };
    return { paste, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A plugin folder with the files of the README, below the workspace so that `@backplane/sdk` resolves. */
function pluginFolder(): Disposable & { path: string; parent: string } {
  mkdirSync(join(root, '.cache'), { recursive: true });
  const parent = mkdtempSync(join(root, '.cache/readme-'));
  const path = join(parent, 'hello-numbers-datasource');
  mkdirSync(path);
  writeFileSync(join(path, 'plugin.json'), block('json', '"hello-numbers-datasource"'));
  writeFileSync(join(path, 'gpx_hello_numbers.ts'), block('ts', 'dataSource('));
  return { path, parent, [Symbol.dispose]: () => rmSync(parent, { recursive: true, force: true }) };
}

async function call(folder: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(node[0], [...node.slice(1), 'call', folder, ...args]);
  return stdout;
}

async function printedAddress(stdout: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: stdout })) {
    const found = /http:\/\/127\.0\.0\.1:\d+/.exec(line);
    if (found) {
      stdout.resume();
      return found[0];
    }
  }
  throw new Error('the server ended without printing an address');
}
