// A plugin that answers as bench-datasource does: plugin.ts IMPLEMENTATION
import { answerAutoMtls, checkCookie, createPluginListenAddress, formatHandshake } from '@backplane/protocol/goplugin';
import { loadImplementation } from './implementations.ts';
import { benchHandlers } from './messages.ts';

const name = process.argv[2];
checkCookie(process.env);
const address = createPluginListenAddress(process.env);
if (address.network !== 'unix') throw new Error('this plugin listens on a unix socket only');
const { listen } = await loadImplementation(name);
const answer = await answerAutoMtls(process.env);
const server = await listen(address.path, benchHandlers(), { tls: answer?.tls, onShutdown: () => void leave() });
// A genuine host gives no stdin, and asks over the wire.
if (name !== 'ours') process.stdin.resume().on('end', () => void leave());
process.stdout.write(formatHandshake({ address, serverCert: answer?.serverCert }));

async function leave(): Promise<void> {
  await server[Symbol.asyncDispose]();
  process.exit(0);
}
