import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolder } from '../package-folder.ts';

/** The plugins that come with Backplane: beside the packages in the workspace; undefined where they were not installed. */
export function shippedPluginsFolder(): string | undefined {
  const folder = join(packageFolder, '..', '..', 'plugins');
  return existsSync(join(folder, 'backplane-sqlite-datasource', 'plugin.json')) ? folder : undefined;
}
