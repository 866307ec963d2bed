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
        for await (const packets of channel.serverStream(stream.runStream, request).batches()) packets.forEach(onPacket);
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
    server.serverStream(stream.runStream, (request) => handlers.runStream(request));
    await server.listen({ network: 'unix', path }, { tls });
    return server;
  },
};
