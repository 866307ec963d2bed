import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'chrome'];
/** Far above what it takes on a slow machine. */
const LAUNCH_TIMEOUT_MS = 300_000;
/** Headless, and silent: nothing that phones home. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Where a Chromium is on the PATH, undefined when there is none. */
export function findChromium(path = process.env.PATH ?? ''): string | undefined {
  return path
    .split(delimiter)
    .flatMap((folder) => NAMES.map((name) => join(folder, name)))
    .find((file) => existsSync(file));
}

/**
 * Options for a test that needs a browser: `test(name, needsChromium(), …)`.
 *
 * Without one the test is skipped with the reason, except where CI=true: there it runs, and fails for want of it.
 */
export function needsChromium(): { skip?: string } {
  if (findChromium() !== undefined || process.env.CI === 'true') return {};
  return { skip: `no browser: none of ${NAMES.join(', ')} is on the PATH` };
}

/** Starts a browser without a profile; closing it ends its processes. @throws Error when there is none */
export async function openChromium(): Promise<Browser & AsyncDisposable> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error(`this test needs a browser: put one of ${NAMES.join(', ')} on the PATH`);
  return await chromium.launch({ executablePath, args: FLAGS, timeout: LAUNCH_TIMEOUT_MS });
}
