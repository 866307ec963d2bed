import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';

/** A package as one script that a browser runs; its exports are properties of the global `name`. */
export interface Bundle {
  readonly code: string;
  readonly minifiedBytes: number;
  readonly gzippedBytes: number;
}

/**
 * Bundles a package of the workspace from its sources, minified, for browsers.
 *
 * @throws Error when something in it needs more than a browser has, such as a module of Node
 */
export async function bundlePackage(specifier: string, name: string): Promise<Bundle> {
  await using build = await rolldown({
    input: fileURLToPath(import.meta.resolve(specifier)),
    platform: 'browser',
    resolve: { conditionNames: ['backplane:source', 'import', 'default'] },
    // An import that nothing resolves would be left to the browser, which cannot resolve it either.
    onLog(_level, log) {
      throw new Error(`${specifier} does not bundle: ${log.message}`);
    },
  });
  const { output } = await build.generate({ format: 'iife', name, minify: true });
  const [chunk, ...others] = output;
  if (others.length > 0)
    throw new Error(`${specifier} became ${output.length} files: ${output.map(({ fileName }) => fileName).join(', ')}`);
  const code = chunk.code;
  return { code, minifiedBytes: Buffer.byteLength(code), gzippedBytes: gzipSync(code).length };
}
