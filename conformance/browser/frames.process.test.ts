import assert from 'node:assert/strict';
import { test } from 'node:test';
import type * as Frames from '@backplane/frames';
import { decodeArrow, frameToJson } from '@backplane/frames';
import { readGolden } from '../support/golden.ts';
import { bundlePackage } from './bundle.ts';
import { needsChromium, openChromium } from './chromium.ts';

/** What the package may weigh; it is a part of every page that shows frames. */
const MAX_MINIFIED_BYTES = 160_000;

declare const frames: typeof Frames;

test('frames bundles for browsers without anything of Node', async (t) => {
  const { minifiedBytes, gzippedBytes } = await bundlePackage('@backplane/frames', 'frames');
  t.diagnostic(`@backplane/frames minified: ${minifiedBytes} bytes, gzipped: ${gzippedBytes} bytes`);
  assert.ok(minifiedBytes < MAX_MINIFIED_BYTES, `${minifiedBytes} bytes`);
});

test('in a browser, the golden Arrow files become the same JSON as here and as in Go', needsChromium(), async () => {
  const { code } = await bundlePackage('@backplane/frames', 'frames');
  await using browser = await openChromium();
  const page = await browser.newPage();
  const failures: Error[] = [];
  page.on('pageerror', (error) => failures.push(error));
  await page.addScriptTag({ content: code });
  for (const { name, file, json } of readGolden()) {
    const fromBrowser = await page.evaluate((base64) => {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      const frame = frames.decodeArrow(bytes);
      const again = frames.decodeArrow(frames.encodeArrow(frames.decodeFrameJson(frames.frameToJson(frame))));
      return { json: frames.frameToJson(frame), rows: frame.length, rowsAgain: again.length };
    }, Buffer.from(file).toString('base64'));
    assert.equal(fromBrowser.json, frameToJson(decodeArrow(file)), name);
    assert.deepEqual(JSON.parse(fromBrowser.json), JSON.parse(json), name);
    assert.equal(fromBrowser.rowsAgain, fromBrowser.rows, name);
  }
  assert.deepEqual(failures, []);
});
