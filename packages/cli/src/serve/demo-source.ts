import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, makeFolder } from '@backplane/server';
import { ensureDemoDatabase } from '../demo/index.ts';

/** The demo's files, and a request that shows them. */
export interface Demo {
  readonly databaseFile: string;
  /** In the layout of `[paths] provisioning`. */
  readonly provisioningFolder: string;
  /** Body of a `POST /api/ds/query`, without single quotes. */
  readonly sampleRequest: string;
}

/** Makes, or continues, the demo database in the data folder, and the provisioning file of the data source over it. */
export function prepareDemo({ paths }: Pick<Config, 'paths'>): Demo {
  const folder = join(paths.data, 'demo');
  const provisioningFolder = join(folder, 'provisioning');
  const databaseFile = join(folder, 'readings.db');
  makeFolder(join(provisioningFolder, 'datasources'));
  ensureDemoDatabase(databaseFile);
  writeFileSync(join(provisioningFolder, 'datasources', 'demo.yaml'), formatProvisioning(databaseFile));
  return { databaseFile, provisioningFolder, sampleRequest: SAMPLE_REQUEST };
}

const SAMPLE_REQUEST = JSON.stringify({
  from: 'now-6h',
  to: 'now',
  queries: [
    {
      refId: 'A',
      datasource: { uid: 'demo' },
      format: 'time_series',
      rawSql:
        'SELECT $__timeGroup(time, 1h) AS time, room, avg(temperature) AS temperature ' +
        'FROM readings WHERE $__timeFilter(time) GROUP BY 1, 2',
    },
  ],
});

/** JSON is YAML; a dollar sign is doubled, because provisioning fills in variables. */
function formatProvisioning(databaseFile: string): string {
  const source = {
    name: 'Backplane demo',
    uid: 'demo',
    type: 'backplane-sqlite-datasource',
    access: 'proxy',
    jsonData: { path: databaseFile.replaceAll('$', '$$$$') },
  };
  return `# Written by backplane serve --demo at every start.\napiVersion: 1\ndatasources:\n  - ${JSON.stringify(source)}\n`;
}
