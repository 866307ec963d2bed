import { join } from 'node:path';
import { packPlugin } from '../support/built-plugin.ts';
import { goProgram } from '../support/go.ts';
import { conformanceFolder } from '../support/paths.ts';
import type { Party, PluginProgram } from './types.ts';

/** The plugin with every capability, on the Go SDK. */
export async function goPlugin(): Promise<PluginProgram> {
  return { command: await goProgram('conformance-datasource'), args: [] };
}

const ourFolder = join(conformanceFolder, 'fixtures', 'conformance-datasource');
let ourForm: PluginProgram = { command: process.execPath, args: ['--conditions=backplane:source', join(ourFolder, 'gpx_conformance.ts')] };

/** The same plugin on our SDK: from its source, unless `useBuiltPlugin` chose another form. */
export function ourPlugin(): PluginProgram {
  return ourForm;
}

/**
 * From now on `ourPlugin` is what `backplane pack` makes of the sources, and starts with an empty environment:
 * the script, run by this Node, or the executable that has a Node of its own.
 */
export async function useBuiltPlugin(form: 'bundle' | 'executable'): Promise<void> {
  const { bundle, executable } = await packPlugin(ourFolder, 'gpx_conformance');
  const program = form === 'bundle' ? { command: process.execPath, args: [bundle] } : { command: executable, args: [] };
  ourForm = { ...program, emptyEnvironment: true };
}

/** The plugin that admits and converts objects: on the Go SDK, or on ours. */
export async function objectsPlugin(sdk: 'go' | 'ours'): Promise<PluginProgram> {
  if (sdk === 'go') return { command: await goProgram('objects-datasource'), args: [] };
  const file = join(conformanceFolder, 'fixtures', 'objects-datasource', 'gpx_objects.ts');
  return { command: process.execPath, args: ['--conditions=backplane:source', file] };
}

/** The server of the interop matrix: on the Go SDK, on our own server, or on grpc-js. */
export async function interopPlugin(server: Party): Promise<PluginProgram> {
  if (server === 'go') return { command: await goProgram('interop-datasource'), args: [] };
  const file = join(conformanceFolder, 'fixtures', 'interop-datasource', 'gpx_interop.ts');
  return { command: process.execPath, args: ['--conditions=backplane:source', file, server] };
}
