// Our host as a peer of the bench: our-host.ts PLUGIN_FOLDER
import { createHost, type QueryDataRequest } from '@backplane/host';
import { type Load, serveLoad } from './load.ts';

const folder = process.argv[2];
if (folder === undefined) throw new Error('usage: our-host.ts PLUGIN_FOLDER');
await using host = await createHost();
const plugin = await host.launch(folder);
if (plugin.phase.kind !== 'ready' || plugin.phase.pid === undefined) throw new Error(`bench-datasource is ${plugin.phase.kind}`);

await serveLoad(plugin.phase.pid, (load) => {
  const query = request(load);
  return async () => {
    const { responses } = await plugin.queryData(query);
    const frame = responses.get('A')?.frames[0];
    if (frame?.fields[0] === undefined) throw new Error('no frame came back');
    // The genuine host counts the whole file; in the large case nearly all of it are these values.
    return { operations: 1, bytes: frame.fields[0].column.values.byteLength };
  };
});

function request({ queryType, requestBytes }: Load): QueryDataRequest {
  return {
    context: {
      orgId: 1,
      config: { GF_SQL_ROW_LIMIT: '1000000' },
      userAgent: 'Grafana/12.4.0 (linux; amd64)',
      dataSource: {
        id: 1,
        uid: 'conformance',
        type: 'bench-datasource',
        name: 'Conformance',
        url: 'http://localhost',
        user: '',
        database: '',
        basicAuthEnabled: false,
        basicAuthUser: '',
        jsonData: '',
        secureJsonData: {},
        updatedAtMs: 1_700_000_000_000,
        apiVersion: '',
      },
    },
    headers: {},
    queries: [
      {
        refId: 'A',
        queryType,
        maxDataPoints: 1000,
        intervalMs: 60_000,
        timeRange: { fromMs: 1_704_067_200_000, toMs: 1_704_070_800_000 },
        json: JSON.stringify({ refId: 'A', queryType, text: 'q'.repeat(requestBytes) }),
      },
    ],
  };
}
