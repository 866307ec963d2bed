import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startUpstream } from '../recordings/upstream.ts';
import { fillPluginsFolder, RECORDED_PLUGINS } from './go.ts';
import { conformanceFolder } from './paths.ts';
import { type ServedBackplane, serveBackplane } from './serve.ts';

const recordings = join(conformanceFolder, 'recordings');

/** A server as the recorded one was, with its plugins and an empty data folder, and the upstream behind its proxies. */
export interface RecordedServer extends AsyncDisposable {
  readonly server: ServedBackplane;
  /** Where the upstream listens, as host:port. */
  readonly upstream: string;
  /** `[paths] data`, absolute. */
  readonly dataFolder: string;
}

/**
 * Starts one.
 *
 * @param more more of the environment, such as keys of the configuration, with the address of the upstream
 * @throws Error with the server's output when it does not come up
 */
export async function serveAsRecorded(more: (upstream: string) => Readonly<Record<string, string>> = () => ({})): Promise<RecordedServer> {
  await using opened = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'backplane-replay-'));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  const [plugins, data] = [join(folder, 'plugins'), join(folder, 'data')];
  await Promise.all([fillPluginsFolder(plugins, RECORDED_PLUGINS), mkdir(data)]);
  const upstream = opened.use(await startUpstream());
  const server = opened.use(
    await serveBackplane({
      configFile: join(recordings, 'grafana.ini'),
      workingFolder: join(recordings, 'provisioning'),
      dataFolder: data,
      env: {
        ACME_UPSTREAM: `http://${upstream.address}`,
        ACME_TOKEN: 'acme-token-1',
        GF_PATHS_DATA: data,
        GF_PATHS_PLUGINS: plugins,
        GF_PATHS_PROVISIONING: join(recordings, 'provisioning'),
        ...more(upstream.address),
      },
    }),
  );
  const lifetime = opened.move();
  return { server, upstream: upstream.address, dataFolder: data, [Symbol.asyncDispose]: () => lifetime.disposeAsync() };
}
