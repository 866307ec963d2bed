import { GrpcCode, type GrpcServer, GrpcStatusError } from '../grpc/index.ts';
import { aborted } from './aborted.ts';
import {
  brokerStartStream,
  controllerShutdown,
  healthCheck,
  healthList,
  healthWatch,
  ServingStatus,
  StdioChannel,
  type StdioData,
  streamStdio,
} from './messages.ts';
import { OutputQueue } from './output-queue.ts';

/** What the services beside a plugin's own ones need. */
export interface SideServiceOptions {
  /** Called once, after the answer to Shutdown is on its way: stop the server and end the process within 2 seconds. */
  readonly onShutdown: () => void;
  /** What the plugin prints, for the host. It is read only while a host listens. */
  readonly stdout?: AsyncIterable<Uint8Array>;
  readonly stderr?: AsyncIterable<Uint8Array>;
}

/** Adds go-plugin's services to a plugin's server: health, controller, stdio and broker. */
export function addSideServices(server: GrpcServer, { onShutdown, stdout, stderr }: SideServiceOptions): void {
  addHealth(server);
  addController(server, onShutdown);
  addStdio(server, stdout, stderr);
  addBroker(server);
}

/** The whole server and `plugin` are served as long as the process lives; nothing else has a health. */
function addHealth(server: GrpcServer): void {
  const serving = { status: ServingStatus.serving };
  const isKnown = (service: string) => service === '' || service === 'plugin';
  server.unary(healthCheck, ({ service }) => {
    if (!isKnown(service)) throw new GrpcStatusError(GrpcCode.notFound, 'unknown service');
    return serving;
  });
  server.unary(healthList, () => ({ statuses: { '': serving, plugin: serving } }));
  server.serverStream(healthWatch, async function* ({ service }, { signal }) {
    yield isKnown(service) ? serving : { status: ServingStatus.serviceUnknown };
    await aborted(signal);
  });
}

function addController(server: GrpcServer, onShutdown: () => void): void {
  let asked = false;
  server.unary(controllerShutdown, () => {
    // The answer is written after this handler returns and before the loop gets to its check phase.
    if (!asked) setImmediate(onShutdown);
    asked = true;
    return {};
  });
}

/** Stays open, and silent while there is nothing to tell: hosts take its end for a plugin that cannot do it. */
function addStdio(server: GrpcServer, stdout: AsyncIterable<Uint8Array> | undefined, stderr: AsyncIterable<Uint8Array> | undefined): void {
  const queue = new OutputQueue<StdioData>();
  if (stdout !== undefined) queue.add(stdout, (data) => ({ channel: StdioChannel.stdout, data }));
  if (stderr !== undefined) queue.add(stderr, (data) => ({ channel: StdioChannel.stderr, data }));
  server.serverStream(streamStdio, (_, { signal }) => queue.read(signal));
}

/** Grafana's plugins open no further connections: what the host announces is read and forgotten. */
function addBroker(server: GrpcServer): void {
  // biome-ignore lint/correctness/useYield: the stream stays silent
  server.duplex(brokerStartStream, async function* (announcements) {
    for await (const _ of announcements);
  });
}
