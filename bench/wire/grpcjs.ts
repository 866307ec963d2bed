import { promisify } from 'node:util';
import type { MutualTls } from '@backplane/protocol/grpc';
import { queryDataRequest, queryDataResponse, runStreamRequest, streamPacket } from '@backplane/protocol/pluginv2';
import {
  type ChannelCredentials,
  Client,
  credentials,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { PATHS } from './messages.ts';
import { pour } from './pour.ts';
import { toTlsOptions } from './tls.ts';
import type { WireModule } from './types.ts';

const OPTIONS = {
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  'grpc-node.flow_control_window': 16 << 20,
  'grpc.ssl_target_name_override': 'localhost',
};
const CONNECT_TIMEOUT_MS = 10_000;

type MessageCodec<T> = { encode(message: never): Uint8Array; decode(bytes: Uint8Array): T };

function definition<Request, Response>(
  path: string,
  responseStream: boolean,
  request: MessageCodec<Request>,
  response: MessageCodec<Response>,
) {
  return {
    path,
    requestStream: false,
    responseStream,
    requestSerialize: (message) => toBuffer(request.encode(message as never)),
    requestDeserialize: (bytes) => request.decode(bytes),
    responseSerialize: (message) => toBuffer(response.encode(message as never)),
    responseDeserialize: (bytes) => response.decode(bytes),
  } satisfies MethodDefinition<Request, Response>;
}

const toBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
const QUERY = definition(PATHS.query, false, queryDataRequest, queryDataResponse);
const RUN_STREAM = definition(PATHS.runStream, true, runStreamRequest, streamPacket);

/** @grpc/grpc-js with windows as large as ours. */
export const grpcjs: WireModule = {
  async connect(path, tls) {
    const client = new Client(`unix:${path}`, clientCredentials(tls), OPTIONS);
    await promisify(client.waitForReady.bind(client))(Date.now() + CONNECT_TIMEOUT_MS);
    return {
      query: (request) =>
        new Promise((resolve, reject) => {
          client.makeUnaryRequest(QUERY.path, QUERY.requestSerialize, QUERY.responseDeserialize, request as never, (error, response) => {
            if (response === undefined) reject(error);
            else resolve(response);
          });
        }),
      runStream: (request, onPacket) =>
        new Promise((resolve, reject) => {
          const { requestSerialize, responseDeserialize } = RUN_STREAM;
          const call = client.makeServerStreamRequest(RUN_STREAM.path, requestSerialize, responseDeserialize, request as never);
          call.on('data', onPacket).on('error', reject).on('end', resolve);
        }),
      close: async () => client.close(),
    };
  },
  async listen(path, handlers, { tls }) {
    const server = new Server(OPTIONS);
    const implementation = {
      query: (call: ServerUnaryCall<never, unknown>, done: sendUnaryData<unknown>) => done(null, handlers.query(call.request)),
      runStream: (call: ServerWritableStream<never, unknown>) => pour(handlers.runStream(call.request), call),
    };
    server.addService({ query: QUERY, runStream: RUN_STREAM }, implementation as never);
    await promisify(server.bindAsync.bind(server))(`unix:${path}`, serverCredentials(tls));
    return { [Symbol.asyncDispose]: async () => server.forceShutdown() };
  },
};

function clientCredentials(tls: MutualTls | undefined): ChannelCredentials {
  if (tls === undefined) return credentials.createInsecure();
  const { ca, key, cert } = toTlsOptions(tls);
  return credentials.createSsl(Buffer.from(ca), Buffer.from(key), Buffer.from(cert));
}

function serverCredentials(tls: MutualTls | undefined): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const { ca, key, cert } = toTlsOptions(tls);
  return ServerCredentials.createSsl(Buffer.from(ca), [{ private_key: Buffer.from(key), cert_chain: Buffer.from(cert) }], true);
}
