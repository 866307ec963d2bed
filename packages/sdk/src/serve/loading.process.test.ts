import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

/** What a process has loaded of node_modules, and of the rooms of this package, after it imported a door of it. */
function loadedBy(door: string): string[] {
  const program = `
    import { registerHooks } from 'node:module';
    const seen = new Set();
    registerHooks({ load: (url, context, next) => { seen.add(url); return next(url, context); } });
    await import(${JSON.stringify(import.meta.resolve(door))});
    console.log(JSON.stringify([...seen]));`;
  const args = ['--conditions=backplane:source', '--input-type=module', '--eval', program];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}

test('importing the SDK loads neither undici nor OpenTelemetry, which most plugins need late or never', () => {
  const loaded = loadedBy('../index.ts');
  assert.ok(loaded.some((url) => url.endsWith('/declare.ts')));
  assert.deepEqual(
    loaded.filter((url) => /\/node_modules\/(?!flatbuffers)|\/sdk\/src\/(http|sql)\/|\/protocol\/src\/otlp\//.test(url)),
    [],
  );
});

test('the doors for SQL and for times load nothing of the gRPC side', () => {
  for (const door of ['../sql/index.ts', '../time/index.ts'])
    assert.deepEqual(
      loadedBy(door).filter((url) => /\/protocol\/|\/adapters\//.test(url)),
      [],
      door,
    );
});
