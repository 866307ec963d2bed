import test from 'node:test';
import { connectGrpcJs, interopPlugin, type Party, type Probe, startGoProbe, startOurProbe } from '../probes/index.ts';
import { needsGo } from '../support/go.ts';
import { tryTimes } from './case.ts';
import { interopCases } from './interop-cases.ts';

// Every client with every server of HTTP/2 and gRPC: ours, genuine Go, grpc-js.
const PARTIES: readonly Party[] = ['ours', 'go', 'grpcjs'];
const go = await needsGo();

for (const client of PARTIES) {
  for (const server of PARTIES) {
    const options = client === 'go' || server === 'go' ? go : {};
    test(`interop: ${client} client → ${server} server`, options, async (t) => {
      for (const autoMtls of [false, true]) {
        await using probe = await startCell(client, server, autoMtls);
        for (const { name, run, isRace = false } of interopCases.filter(({ overTls }) => overTls || !autoMtls)) {
          await t.test(`${autoMtls ? 'over mutual TLS: ' : ''}${name}`, async () => {
            if (!isRace || server !== 'grpcjs') return await run(probe);
            await tryTimes(5, async () => {
              await using own = await startCell(client, server, autoMtls);
              await run(own);
            });
          });
        }
      }
    });
  }
}

async function startCell(client: Party, server: Party, autoMtls: boolean): Promise<Probe> {
  const plugin = await interopPlugin(server);
  if (client === 'go') return startGoProbe(plugin, { autoMtls });
  return startOurProbe(plugin, { autoMtls, ...(client === 'grpcjs' && { dial: connectGrpcJs }) });
}
