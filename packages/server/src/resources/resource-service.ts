import { isHostError, type PluginContext, type ResourceResponse } from '@backplane/host';
import type { Identity, IdTokens } from '../auth/index.ts';
import type { CacheStatus, ServerCache } from '../cache/index.ts';
import type { DataSource } from '../datasources/index.ts';
import { ServerError } from '../errors/index.ts';
import { callOrigin, type PluginContexts, type ServerPlugin, toCallError } from '../plugins/index.ts';
import { type ResourceHeadersInput, resourceHeaders } from './request-headers.ts';
import { toResourcePath } from './resource-path.ts';
import { clientHeaders, sniffContentType } from './response-headers.ts';

export interface ResourceServiceOptions {
  readonly contexts: PluginContexts;
  readonly idTokens: IdTokens;
  readonly cache: ServerCache;
}

export interface ResourceCall extends ResourceHeadersInput {
  readonly identity: Identity;
  readonly plugin: ServerPlugin;
  /** Absent for calls to the plugin itself. */
  readonly dataSource?: DataSource | undefined;
  readonly method: string;
  /** The path behind `/resources`, as it was sent. */
  readonly rawTail: string;
  readonly rawQuery: string;
  readonly body: Uint8Array;
  readonly signal: AbortSignal;
}

/** The answer for the client. Leaving the loop over the body cancels the call. */
export interface ResourceAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly body: AsyncIterable<Uint8Array>;
  /** What the cache did. */
  readonly cache: CacheStatus;
  /** Ends the call of a body that nobody will read: leaving it before its loop began would not. */
  cancel(): void;
}

/** Passes resource calls on to plugins, and their answers back in parts. */
export class ResourceService {
  readonly #options: ResourceServiceOptions;

  constructor(options: ResourceServiceOptions) {
    this.#options = options;
  }

  /** @throws ServerError `bad_request_path`, `plugin_…` before the first part of the answer */
  async call(call: ResourceCall): Promise<ResourceAnswer> {
    const { identity, plugin, method, body, signal } = call;
    const { path, url } = toResourcePath(call.rawTail, call.rawQuery);
    const headers = resourceHeaders(call);
    const origin = callOrigin(call, { identity, idTokens: this.#options.idTokens });
    const context = await this.#context(call);
    const unwanted = new AbortController();
    const cancel = () => unwanted.abort(new DOMException('the rest of the answer is not wanted', 'AbortError'));
    try {
      const options = { signal: AbortSignal.any([signal, unwanted.signal]), origin };
      const response = await plugin.callResource({ context, path, url, method, headers, body }, options);
      assertFinalStatus(response, cancel);
      return { ...(await toAnswer(response)), cache: this.#options.cache.statusOf(origin), cancel };
    } catch (error) {
      const isSilence = isHostError(error, 'resource_unanswered');
      throw isSilence ? new ServerError('plugin_silent', { pluginId: plugin.id }, { cause: error }) : toCallError(error, 'resource');
    }
  }

  #context({ identity, plugin, dataSource }: ResourceCall): Promise<PluginContext> | PluginContext {
    const { contexts } = this.#options;
    if (dataSource !== undefined) return contexts.forDataSource(identity, dataSource);
    return plugin.manifest.type === 'app' ? contexts.forApp(identity, plugin.id) : contexts.forPlugin(identity);
  }
}

/** 101 would hand the connection over to the plugin, 100 leave the client waiting, and beyond 599 there is no meaning. */
function assertFinalStatus({ status }: ResourceResponse, cancel: () => void): void {
  if (status >= 200 && status <= 599) return;
  cancel();
  throw new ServerError('plugin_request_failed', { detail: `the plugin answered with the status ${status}, which ends no request` });
}

async function toAnswer(response: ResourceResponse): Promise<Omit<ResourceAnswer, 'cache' | 'cancel'>> {
  const { headers, contentType } = clientHeaders(response);
  if (contentType !== 'sniff') return { status: response.status, headers, body: response.body };
  const iterator = response.body[Symbol.asyncIterator]();
  const first = await iterator.next();
  const sniffed = { ...headers, 'Content-Type': [sniffContentType(first.done === true ? new Uint8Array() : first.value)] };
  return { status: response.status, headers: sniffed, body: rejoin(first, iterator) };
}

async function* rejoin(first: IteratorResult<Uint8Array>, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    for (let next = first; next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
