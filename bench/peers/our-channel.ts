// Our protocol package alone, without the host around it: our-channel.ts EXECUTABLE
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { hostEnvironment, openSideStreams, parseHandshake, shutdown } from '@backplane/protocol/goplugin';
import { connect } from '@backplane/protocol/grpc';
import { data } from '@backplane/protocol/pluginv2';
import { type Load, serveLoad } from './load.ts';

const executable = process.argv[2];
if (executable === undefined) throw new Error('usage: our-channel.ts EXECUTABLE');
const child = spawn(executable, { stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, ...hostEnvironment({}) } });
const exited = once(child, 'exit');
const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
const channel = await connect(parseHandshake(line).address, {});
const sideStreams = openSideStreams(channel, { onStdout: () => {}, onStderr: () => {} });

await serveLoad(child.pid!, (load) => {
  const query = request(load);
  return async () => {
    const { responses } = await channel.unary(data.queryData, query);
    return responses.A?.frames[0]?.byteLength ?? Promise.reject(new Error('no frame came back'));
  };
});
await shutdown(channel, { timeoutMs: 2000 });
await sideStreams[Symbol.asyncDispose]();
await channel.close();
await exited;

function request({ queryType, requestBytes }: Load) {
  return {
    pluginContext: {
      orgId: 1n,
      pluginId: 'bench-datasource',
      pluginVersion: '1.0.0',
      grafanaConfig: { GF_SQL_ROW_LIMIT: '1000000' },
      userAgent: 'Grafana/12.4.0 (linux; amd64)',
      dataSourceInstanceSettings: {
        id: 1n,
        uid: 'conformance',
        name: 'Conformance',
        url: 'http://localhost',
        lastUpdatedMS: 1_700_000_000_000n,
      },
    },
    queries: [
      {
        refId: 'A',
        queryType,
        maxDataPoints: 1000n,
        intervalMS: 60_000n,
        timeRange: { fromEpochMS: 1_704_067_200_000n, toEpochMS: 1_704_070_800_000n },
        json: Buffer.from(JSON.stringify({ refId: 'A', queryType, text: 'q'.repeat(requestBytes) })),
      },
    ],
  };
}
