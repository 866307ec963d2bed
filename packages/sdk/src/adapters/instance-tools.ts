import { type Cache, createCache } from '../cache.ts';
import { PluginError } from '../errors.ts';
import type { HttpClient, HttpMiddleware } from '../http/index.ts';
import type { MetricsRegistry } from '../metrics/index.ts';
import type { RawInstanceSettings } from '../plugin.ts';
import type { JsonObject } from '../schema.ts';
import { parseJsonData } from '../settings.ts';

/** What an instance is given to work with; it lives as long as the instance. */
export interface InstanceTools extends AsyncDisposable {
  readonly fetch: typeof globalThis.fetch;
  readonly cache: Cache;
}

/** What the tools of one instance are made of. */
export interface InstanceToolsOptions {
  readonly pluginId: string;
  readonly settings: RawInstanceSettings;
  readonly middleware: readonly HttpMiddleware[];
  readonly metrics: MetricsRegistry;
  /** Takes the place of the network, in tests. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** Makes the tools. The HTTP client is loaded and opened by the first request: most of a start is loading code. */
export function createInstanceTools({ pluginId, settings, middleware, metrics, fetch }: InstanceToolsOptions): InstanceTools {
  let client: Promise<HttpClient> | undefined;
  let isDisposed = false;
  const open = async (): Promise<HttpClient> => {
    const { createHttpClient, parseHttpSettings } = await import('../http/index.ts');
    const jsonData = parseJsonData(settings.jsonData) as JsonObject;
    const ofSource = settings.kind === 'datasource' ? settings : undefined;
    const http = parseHttpSettings({
      jsonData,
      secure: settings.secure,
      basicAuthEnabled: ofSource?.basicAuthEnabled,
      basicAuthUser: ofSource?.basicAuthUser,
    });
    return createHttpClient(http, { pluginId, middleware, metrics });
  };
  return {
    cache: createCache(),
    fetch:
      fetch ??
      (async (input, init) => {
        // Nobody would close the connections; and it is not the service that is at fault.
        if (isDisposed) throw new PluginError('this fetch is of an instance that was disposed; use the one that the handler was given');
        client ??= open();
        return (await client).fetch(input, init);
      }),
    async [Symbol.asyncDispose]() {
      isDisposed = true;
      // One that could not be opened has nothing to close.
      const opened = await client?.catch(() => undefined);
      await opened?.[Symbol.asyncDispose]();
    },
  };
}
