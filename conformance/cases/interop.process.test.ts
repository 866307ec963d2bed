import test from 'node:test';
import { connectGrpcJs, interopPlugin, type Party, type Probe, startGoProbe, startOurProbe } from '../probes/index.ts';
import { needsGo } from '../support/go.ts';
import { interopCases } from './interop-cases.ts';

// Every client with every server of HTTP/2 and gRPC: ours, genuine Go, grpc-js.
const PARTIES: readonly Party[] = ['ours', 'go', 'grpcjs'];
const go = await needsGo();

for (const client of PARTIES) {
  for (const server of PARTIES) {
    const options = client === 'go' || server === 'go' ? go : {};
    test(`interop: ${client} client → ${server} server`, options, async (t) => {
      await using probe = await startCell(client, server);
      for (const { name, run } of interopCases) await t.test(name, () => run(probe));
    });
  }
}

async function startCell(client: Party, server: Party): Promise<Probe> {
  const plugin = await interopPlugin(server);
  if (client === 'go') return startGoProbe(plugin);
  return startOurProbe(plugin, client === 'grpcjs' ? { dial: connectGrpcJs } : {});
}
