import type { PluginHandle, PluginHost } from '@backplane/host';

/** A loaded plugin as the server needs it. */
export type ServerPlugin = Pick<
  PluginHandle,
  | 'id'
  | 'manifest'
  | 'folder'
  | 'parentId'
  | 'files'
  | 'signature'
  | 'queryData'
  | 'queryChunkedData'
  | 'callResource'
  | 'checkHealth'
  | 'collectMetrics'
>;

/** What the server needs of a plugin host: the real one, or one that a test makes. */
export interface ServerPluginHost extends AsyncDisposable {
  plugins(): readonly ServerPlugin[];
  problems(): ReturnType<PluginHost['problems']>;
}
