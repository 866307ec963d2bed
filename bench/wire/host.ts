// The host side of a wire, as a peer of the bench: host.ts IMPLEMENTATION plain|mtls COMMAND [ARGUMENT...]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { hostEnvironment, offerAutoMtls, parseHandshake } from '@backplane/protocol/goplugin';
import { createMessageLease } from '@backplane/protocol/grpc';
import { serveLoad } from '../peers/load.ts';
import { loadImplementation } from './implementations.ts';
import { parseStream, queryOf, streamOf } from './messages.ts';

const [name, security, command, ...args] = process.argv.slice(2);
if (command === undefined) throw new Error('usage: host.ts IMPLEMENTATION plain|mtls COMMAND [ARGUMENT...]');
const { connect } = await loadImplementation(name);
const offer = security === 'mtls' ? await offerAutoMtls() : undefined;
const env = { ...process.env, ...hostEnvironment({ clientCert: offer?.clientCert }) };
const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'], env });
const exited = once(child, 'exit');
const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
const handshake = parseHandshake(line);
const { address } = handshake;
if (address.network !== 'unix') throw new Error('this host knows unix sockets only');
const client = await connect(address.path, offer?.accept(handshake));

await serveLoad(child.pid!, (load) => {
  if (load.stream !== undefined) return prepareStream(load.stream);
  const request = queryOf(load);
  return async () => {
    using lease = createMessageLease();
    const { responses } = await client.query(request, lease);
    const frame = responses.A?.frames[0];
    if (frame === undefined) throw new Error('no frame came back');
    return { operations: 1, bytes: frame.byteLength };
  };
});
await client.close();
child.stdin.end();
await exited;

function prepareStream(path: string) {
  const [count] = parseStream(path);
  const request = streamOf(path);
  return async () => {
    let [operations, bytes] = [0, 0];
    await client.runStream(request, ({ data }) => {
      operations++;
      bytes += data.length;
    });
    if (operations !== count) throw new Error(`${operations} packets came back, not ${count}`);
    return { operations, bytes };
  };
}
