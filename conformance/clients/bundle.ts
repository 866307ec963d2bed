import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { installClients } from './install.ts';

/** Logged for every file that says where it may run; a bundle is for one place. */
const HARMLESS = ['MODULE_LEVEL_DIRECTIVE'];

let bundled: Promise<string> | undefined;

/**
 * Bundles `page.ts` with the genuine packages, as the build of a plugin's front end would; once for each process.
 *
 * @returns a script; the exports of `page.ts` are properties of the global `client`
 * @throws Error when an import cannot be resolved
 */
export function bundlePage(): Promise<string> {
  bundled ??= bundle();
  return bundled;
}

async function bundle(): Promise<string> {
  await using build = await rolldown({
    input: join(import.meta.dirname, 'page.ts'),
    platform: 'browser',
    resolve: { modules: [await installClients()], conditionNames: ['import', 'default'] },
    transform: { define: { 'process.env.NODE_ENV': '"production"' } },
    onLog(_level, log) {
      if (!HARMLESS.includes(log.code ?? '')) throw new Error(`page.ts does not bundle: ${log.message}`);
    },
  });
  const { output } = await build.generate({ format: 'iife', name: 'client' });
  return output[0].code;
}
