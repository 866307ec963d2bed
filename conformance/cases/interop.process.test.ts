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
      await using probe = await startCell(client, server, false);
      for (const { name, run } of interopCases) await t.test(name, () => run(probe));
      await using secured = await startCell(client, server, true);
      for (const { name, run } of interopCases.filter((one) => one.overTls)) await t.test(`over mutual TLS: ${name}`, () => run(secured));
    });
  }
}

async function startCell(client: Party, server: Party, autoMtls: boolean): Promise<Probe> {
  const plugin = await interopPlugin(server);
  if (client === 'go') return startGoProbe(plugin, { autoMtls });
  return startOurProbe(plugin, { autoMtls, ...(client === 'grpcjs' && { dial: connectGrpcJs }) });
}
