// Entry of the bundled program: sets V8 up for a server, lets Node keep what it compiled, then runs `main.ts`.
import { mkdirSync } from 'node:fs';
import { enableCompileCache, flushCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';

/** A server runs until it is killed, so its cache is written when it has started. */
const flushAfterMs = 5_000;

// A server runs the same few ways again and again, so V8 may trust what it has seen sooner than for a page: a quarter and a third
// of its own counts. Older versions print an error for a flag that they do not know.
if (Number.parseInt(process.versions.v8, 10) >= 14) {
  setFlagsFromString('--invocation-count-for-maglev=100');
  setFlagsFromString('--invocation-count-for-turbofan=1000');
}

// Never in a folder that others can write, as Node's default is: the cache is code.
const { CACHE_DIRECTORY, XDG_CACHE_HOME } = process.env;
const folder = join(CACHE_DIRECTORY || XDG_CACHE_HOME || join(homedir(), '.cache'), 'backplane', 'compiled');
try {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  enableCompileCache(folder);
  setTimeout(flushCompileCache, flushAfterMs).unref();
} catch {
  // A user without a home starts half a second slower.
}

// A dynamic import, so that what it loads is compiled after the cache is there.
void import('./main.ts');
