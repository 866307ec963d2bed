import { HeaderTemplate, Http2Connection, Http2Stream } from '@backplane/protocol/http2';
import { connectSocket, SocketDriver } from '@backplane/protocol/socket';

/** h2specd takes this frame size for granted. */
const FRAME_BYTES = 16384;
const CONNECT_TIMEOUT_MS = 2000;

/** Takes whatever comes. */
class RequestStream extends Http2Stream {
  override onHeaders(): void {}
  override onData(): void {}
  override onEnd(): void {}
  override onAbort(): void {}
  override onDrain(): void {}
}

/**
 * Sends one request from our HTTP/2 core, on our socket driver, without gRPC, which would refuse what h2specd answers.
 *
 * @returns disposing ends the connection
 * @throws what the system said, such as ECONNREFUSED
 */
export async function sendHello(port: number): Promise<AsyncDisposable> {
  const connection = new Http2Connection('client', { onClosed: () => undefined }, { maxFrameBytes: FRAME_BYTES });
  const driver = await connectSocket(
    { network: 'tcp', host: '127.0.0.1', port },
    {
      signal: AbortSignal.timeout(CONNECT_TIMEOUT_MS),
      onBytes: (bytes, length) => connection.receive(bytes, length),
      onConnect: (socket) => new SocketDriver(socket, connection),
    },
  );
  const head = [':method', 'POST', ':scheme', 'http', ':path', '/', ':authority', 'localhost', 'te', 'trailers'];
  const stream = new RequestStream(connection, 0);
  connection.open(stream, new HeaderTemplate(head), undefined);
  connection.sendMessage(stream, Buffer.from('hello'), 'data');
  return {
    async [Symbol.asyncDispose]() {
      connection.close(new Error('the case is over'));
      await driver.closed;
    },
  };
}
