// Entry of the bundled program: lets Node keep what it compiled, then runs `main.ts`.
import { mkdirSync } from 'node:fs';
import { enableCompileCache, flushCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** A server runs until it is killed, so its cache is written when it has started. */
const flushAfterMs = 5_000;

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
