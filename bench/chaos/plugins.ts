import { chmodSync, copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The conformance plugin in TypeScript, on our SDK; the one in Go is its twin. */
const TYPESCRIPT = fileURLToPath(import.meta.resolve('../../conformance/fixtures/conformance-datasource/gpx_conformance.ts'));

/** Where one kind of plugin comes from. */
export type PluginKind = { readonly kind: 'go'; readonly file: string } | { readonly kind: 'typescript' };

/** Makes the folder of one plugin. */
export function addPlugin(folder: string, id: string, source: PluginKind): void {
  mkdirSync(folder, { recursive: true });
  const manifest = { id, type: 'datasource', name: id, backend: true, executable: 'gpx', info: { version: '1.0.0' } };
  writeFileSync(join(folder, 'plugin.json'), JSON.stringify(manifest));
  if (source.kind === 'typescript') {
    symlinkSync(TYPESCRIPT, join(folder, 'gpx.ts'));
    return;
  }
  const arch = { x64: 'amd64', ia32: '386' }[process.arch as string] ?? process.arch;
  const program = join(folder, `gpx_${process.platform}_${arch}`);
  copyFileSync(source.file, program);
  chmodSync(program, 0o755);
}
