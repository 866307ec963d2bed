import { join } from 'node:path';
import { goProgram } from '../support/go.ts';
import { conformanceFolder } from '../support/paths.ts';
import type { Party, PluginProgram } from './types.ts';

/** The plugin with every capability, on the Go SDK. */
export async function goPlugin(): Promise<PluginProgram> {
  return { command: await goProgram('conformance-datasource'), args: [] };
}

/** The same plugin on our SDK, run by this Node. */
export function ourPlugin(): PluginProgram {
  const file = join(conformanceFolder, 'fixtures', 'conformance-datasource', 'gpx_conformance.ts');
  return { command: process.execPath, args: ['--conditions=backplane:source', file] };
}

/** The server of the interop matrix: on the Go SDK, on our own server, or on grpc-js. */
export async function interopPlugin(server: Party): Promise<PluginProgram> {
  if (server === 'go') return { command: await goProgram('interop-datasource'), args: [] };
  const file = join(conformanceFolder, 'fixtures', 'interop-datasource', 'gpx_interop.ts');
  return { command: process.execPath, args: ['--conditions=backplane:source', file, server] };
}
