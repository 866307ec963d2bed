import { promisify } from 'node:util';
import {
  type Address,
  type CallOptions,
  type Channel,
  type ChannelOptions,
  type GrpcCode,
  GrpcStatusError,
  type ResponseStream,
} from '@backplane/protocol/grpc';
import {
  type ChannelCredentials,
  Client,
  credentials,
  type CallOptions as GrpcJsOptions,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { GRPCJS_OPTIONS, toGrpcJsMethod, toPem } from '../support/grpcjs.ts';

const CONNECT_TIMEOUT_MS = 10_000;

/** A grpc-js client behind the face of our own channel, so that it makes the same calls. */
export async function connectGrpcJs(address: Address, { tls }: Pick<ChannelOptions, 'tls'>): Promise<Channel> {
  if (address.network !== 'unix') throw new Error('this channel knows unix sockets only');
  const client = new Client(`unix:${address.path}`, toCredentials(tls), {
    ...GRPCJS_OPTIONS,
    'grpc.ssl_target_name_override': 'localhost',
  });
  await promisify(client.waitForReady.bind(client))(Date.now() + CONNECT_TIMEOUT_MS);
  const closed = Promise.withResolvers<{ error: undefined }>();
  const close = async () => {
    client.close();
    closed.resolve({ error: undefined });
  };
  return {
    address,
    closed: closed.promise,
    unary: (method, request, options = {}) =>
      new Promise((resolve, reject) => {
        const { path, requestSerialize, responseDeserialize } = toGrpcJsMethod(method);
        const done = (error: ServiceError | null, response?: unknown) => {
          if (error === null) resolve(response as never);
          else reject(toError(error, options));
        };
        const [metadata, limits] = toOptions(options);
        const call = client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, metadata, limits, done);
        options.signal?.addEventListener('abort', () => call.cancel());
      }),
    serverStream: (method, request, options = {}) => {
      const { path, requestSerialize, responseDeserialize } = toGrpcJsMethod(method);
      const call = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request, ...toOptions(options));
      return streamOf(read(call, options));
    },
    duplex: (method, options = {}) => {
      const { path, requestSerialize, responseDeserialize } = toGrpcJsMethod(method);
      const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, ...toOptions(options));
      call.on('error', () => undefined); // told to whoever reads
      return {
        send: async (message) => void call.write(message),
        closeSend: () => void call.end(),
        cancel: () => call.cancel(),
        ...streamOf(read(call, options)),
      };
    },
    close,
    drain: close,
    stats: () => {
      throw new Error('grpc-js does not count');
    },
    [Symbol.asyncDispose]: close,
  };
}

function toCredentials(tls: ChannelOptions['tls']): ChannelCredentials {
  if (tls === undefined) return credentials.createInsecure();
  if (!('peerCert' in tls)) throw new Error('this channel knows pinned certificates only');
  return credentials.createSsl(toPem(tls.peerCert), Buffer.from(tls.keyPem), Buffer.from(tls.certPem));
}

function toOptions({ timeoutMs, metadata = [] }: CallOptions): [Metadata, GrpcJsOptions] {
  const sent = new Metadata();
  for (const [name, value] of metadata) sent.add(name, typeof value === 'string' ? value : Buffer.from(value));
  return [sent, timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs }];
}

type Incoming = AsyncIterable<unknown> & { cancel(): void };

async function* read(call: Incoming, options: CallOptions): AsyncGenerator<never> {
  const onAbort = () => call.cancel();
  options.signal?.addEventListener('abort', onAbort);
  try {
    for await (const message of call) yield message as never;
  } catch (error) {
    throw toError(error as ServiceError, options);
  } finally {
    options.signal?.removeEventListener('abort', onAbort);
    call.cancel();
  }
}

/** This peer gives out no batches of its own. */
function streamOf(messages: AsyncGenerator<never>): ResponseStream<never> {
  return {
    async *batches() {
      for await (const message of messages) yield [message];
    },
    [Symbol.asyncIterator]: () => messages,
  };
}

function toError(error: ServiceError, { signal }: CallOptions): unknown {
  if (error.code === status.CANCELLED && signal?.aborted) return signal.reason;
  return new GrpcStatusError(error.code as GrpcCode, error.details, { cause: error, origin: 'wire' });
}
