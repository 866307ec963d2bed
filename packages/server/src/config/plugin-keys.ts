import { durationMs, flag, integer, type Kind, list, optional, pluginAddress, text } from './kinds.ts';

/** Keys of `[backplane.plugin.<id>]`: how one plugin is run. What is not set holds as for all plugins, by `[backplane]`. */
export const PLUGIN_KEYS = {
  /** Where a plugin runs that somebody else has started: `unix:/path`, `tcp://localhost:port`, `tls://host:port`. */
  address: optional(pluginAddress('address')),
  /** Files with PEM, for `tls://`: who is trusted; the own certificate and its key. Below the home path unless absolute. */
  caFile: optional(text('ca_file')),
  certFile: optional(text('cert_file')),
  keyFile: optional(text('key_file')),
  /** Name in the certificate of the plugin, when it is not the host of the address. */
  serverName: optional(text('server_name')),
  /** Run it in a sandbox of bubblewrap, with the network and these paths granted. Paths below the home path unless absolute. */
  sandbox: flag('sandbox', false),
  sandboxNetwork: flag('sandbox_network', false),
  sandboxReadable: list('sandbox_readable'),
  sandboxWritable: list('sandbox_writable'),
  answerTimeoutMs: optional(durationMs('answer_timeout', 0)),
  maxReplyBytes: optional(integer('max_reply_bytes', 0, { min: 1024 })),
  maxConcurrentCalls: optional(integer('max_concurrent_calls', 0, { min: 1 })),
  softMemoryBytes: optional(integer('soft_memory_bytes', 0, { min: 0 })),
  maxMemoryBytes: optional(integer('max_memory_bytes', 0, { min: 0 })),
  lazyStart: optional(flag('lazy_start', false)),
  idleStopMs: optional(durationMs('idle_stop', 0)),
} as const satisfies Record<string, Kind<unknown>>;

/** The beginning of the names of those sections; the id of the plugin follows. */
export const PLUGIN_SECTION = 'backplane.plugin.';
