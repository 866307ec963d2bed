import { addSideServices, openSideStreams, shutdown } from '@backplane/protocol/goplugin';
import { connect, createServer } from '@backplane/protocol/grpc';
import { data, stream } from '@backplane/protocol/pluginv2';
import type { WireModule } from './types.ts';

/** Our protocol package, with go-plugin's services beside, as in a real host and plugin. */
export const ours: WireModule = {
  async connect(path, tls) {
    const channel = await connect({ network: 'unix', path }, { tls });
    const sideStreams = openSideStreams(channel, { onStdout: () => {}, onStderr: () => {} });
    return {
      query: (request, lease) => channel.unary(data.queryData, request, { lease }),
      async runStream(request, onPacket) {
        for await (const packet of channel.serverStream(stream.runStream, request)) onPacket(packet);
      },
      async close() {
        await shutdown(channel, { timeoutMs: 2000 });
        await sideStreams[Symbol.asyncDispose]();
        await channel.close();
      },
    };
  },
  async listen(path, handlers, { tls, onShutdown }) {
    const server = createServer();
    addSideServices(server, { onShutdown });
    server.unary(data.queryData, (request) => handlers.query(request));
    server.serverStream(stream.runStream, async function* (request) {
      // Not yield*, which would make three promises of each packet.
      for (const packet of handlers.runStream(request)) yield packet;
    });
    await server.listen({ network: 'unix', path }, { tls });
    return server;
  },
};
