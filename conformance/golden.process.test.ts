import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { decodeArrow, decodeFrameJson, encodeArrow, encodeArrowStream, type Frame, frameToJson } from '@backplane/frames';
import { goProgram, needsGo } from './support/go.ts';
import { goldenFolder, readGolden } from './support/golden.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

interface Finding {
  readonly file: string;
  /** Empty when Go reads the frame of the corpus from it. */
  readonly difference: string;
}

test('Go reads our Arrow files, our streams and our frame JSON as the frames of the corpus', await needsGo(), async () => {
  await using folder = await temporaryFolder();
  const names: string[] = [];
  for (const { name, file } of readGolden()) {
    await writeFrame(join(folder.path, name), decodeArrow(file));
    names.push(`${name}.arrow`, `${name}.arrows`, `${name}.json`);
  }
  const findings = await compare(folder.path);
  assert.deepEqual(findings.map(({ file }) => file).sort(), names.sort());
  assert.deepEqual(
    findings.filter(({ difference }) => difference !== ''),
    [],
  );
});

test('Go reads the Arrow of frames that we have read from its JSON', await needsGo(), async () => {
  await using folder = await temporaryFolder();
  const lossless = readGolden().filter(({ name }) => !LOSSY_AS_JSON.includes(name));
  for (const { name, json } of lossless) await writeFile(join(folder.path, `${name}.arrow`), encodeArrow(decodeFrameJson(json)));
  const findings = await compare(folder.path);
  assert.equal(findings.length, lossless.length);
  assert.deepEqual(
    findings.filter(({ difference }) => difference !== ''),
    [],
  );
});

test('a difference of one bit is found', await needsGo(), async () => {
  await using folder = await temporaryFolder();
  const { file } = readGolden().find(({ name }) => name === 'specials') as { file: Uint8Array };
  const frame = decodeArrow(file.slice());
  const column = frame.fields[1]?.column;
  assert.ok(column);
  column.values[0] = 1;
  await writeFrame(join(folder.path, 'specials'), frame);
  const findings = await compare(folder.path);
  assert.equal(findings.length, 3);
  for (const { difference } of findings) assert.match(difference, /5e-324/);
});

test('the corpus is what the program of today writes', await needsGo(), async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--conditions=backplane:source',
    join(import.meta.dirname, 'golden.ts'),
    '--check',
  ]);
  assert.match(stdout, /; 0 differ/);
});

/** Frames with something that JSON does not tell apart: empty json cells and null, text that is no UTF-8, NaN and null. */
const LOSSY_AS_JSON: readonly string[] = ['nulls', 'texts', 'enum'];

async function writeFrame(path: string, frame: Frame): Promise<void> {
  await writeFile(`${path}.arrow`, encodeArrow(frame));
  await writeFile(`${path}.arrows`, encodeArrowStream(frame));
  await writeFile(`${path}.json`, frameToJson(frame));
}

async function compare(folder: string): Promise<Finding[]> {
  const { stdout } = await promisify(execFile)(await goProgram('golden'), ['compare', goldenFolder, folder], { maxBuffer: 2 ** 28 });
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Finding);
}
