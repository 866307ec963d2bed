import type { DataChunk, DataQuery, DataResponse, MessageLease } from '@backplane/host';
import type { Identity, IdTokens } from '../auth/index.ts';
import type { CacheStatus, ServerCache } from '../cache/index.ts';
import type { DataSource, DataSources } from '../datasources/index.ts';
import { ServerError } from '../errors/index.ts';
import type { Logger } from '../log/index.ts';
import {
  callOrigin,
  describeCallError,
  type IncomingHeaders,
  type PluginCatalog,
  type PluginContexts,
  toCallError,
} from '../plugins/index.ts';
import { mapLimited } from './map-limited.ts';
import { mergeLimited } from './merge-limited.ts';
import type { ParsedQuery, Selector } from './parse-request.ts';

export interface QueryServiceOptions {
  readonly dataSources: DataSources;
  readonly catalog: PluginCatalog;
  readonly contexts: PluginContexts;
  readonly idTokens: IdTokens;
  /** How many data sources of one request are asked at a time. */
  readonly concurrency: number;
  readonly cache: ServerCache;
  readonly logger: Logger;
}

export interface QueryCall {
  readonly identity: Identity;
  readonly headers: IncomingHeaders;
  readonly signal: AbortSignal;
  /** Lends memory to big answers of `run`: dispose it when nobody looks at them any more. */
  readonly lease?: MessageLease | undefined;
}

/** What one refId got. `frames` is absent when the whole call to its data source failed. */
export interface QueryAnswer {
  readonly status: number;
  readonly error?: string | undefined;
  readonly errorSource?: string | undefined;
  readonly frames?: DataResponse['frames'] | undefined;
}

/** Answers by refId, and what the cache did for each data source. */
export interface QueryAnswers {
  readonly answers: ReadonlyMap<string, QueryAnswer>;
  /** Without repetition; never empty. */
  readonly cache: readonly CacheStatus[];
}

/** A part of an answer: rows of a frame, or what went wrong. */
export type QueryPart = Pick<DataChunk, 'refId' | 'frame' | 'error' | 'errorSource' | 'status'> & { readonly frameId?: string | undefined };

interface Group {
  readonly dataSource: DataSource;
  readonly queries: DataQuery[];
}

const expressionUids = new Set(['__expr__', '-100']);

/** Runs queries: finds their data sources, groups them, and asks the plugins at the same time. */
export class QueryService {
  readonly #options: QueryServiceOptions;

  constructor(options: QueryServiceOptions) {
    this.#options = options;
  }

  /**
   * Answers by refId. With one data source its failure is thrown; with several it becomes the error of its refIds,
   * and the others are not affected.
   *
   * @throws ServerError `data_source_not_found`, `query_data_source_missing`, `query_ref_id_twice`,
   *   `query_expressions_unavailable`, `plugin_…`
   */
  async run(queries: readonly ParsedQuery[], call: QueryCall): Promise<QueryAnswers> {
    const groups = await this.#group(queries, call.identity.orgId);
    const [first] = groups;
    if (groups.length === 1 && first !== undefined) return this.#ask(first, call);
    const answers = await mapLimited(groups, this.#options.concurrency, (group) => this.#askOrExplain(group, call));
    if (call.signal.aborted) throw new ServerError('plugin_request_cancelled', {}, { cause: call.signal.reason });
    return {
      answers: new Map(answers.flatMap((part) => [...part.answers])),
      cache: [...new Set(answers.flatMap((part) => part.cache))],
    };
  }

  /**
   * Answers part by part, as plugins send them, several data sources at a time. With one data source a failure before the
   * first part is thrown; any other is a part with the error, for each refId of the data source.
   *
   * @throws ServerError the same as `run`, and all but `plugin_…` before the first part
   */
  async stream(queries: readonly ParsedQuery[], call: QueryCall): Promise<AsyncIterable<QueryPart>> {
    const groups = await this.#group(queries, call.identity.orgId);
    return this.#merged(groups, call);
  }

  async *#merged(groups: readonly Group[], call: QueryCall): AsyncGenerator<QueryPart> {
    const ended = new AbortController();
    const linked = { ...call, signal: AbortSignal.any([call.signal, ended.signal]) };
    try {
      const sources = groups.map((group) => this.#parts(group, linked, groups.length === 1));
      yield* mergeLimited(sources, this.#options.concurrency);
    } finally {
      ended.abort(new DOMException('the rest of the answer is not wanted', 'AbortError'));
    }
  }

  async *#parts(group: Group, { identity, headers, signal }: QueryCall, isAlone: boolean): AsyncGenerator<QueryPart> {
    const { catalog, contexts, idTokens, logger } = this.#options;
    let isFirst = true;
    try {
      const plugin = catalog.get(group.dataSource.type);
      const context = await contexts.forDataSource(identity, group.dataSource);
      const origin = callOrigin({ headers }, { identity, idTokens });
      for await (const chunk of plugin.queryChunkedData({ context, headers: {}, queries: group.queries }, { signal, origin })) {
        isFirst = false;
        yield chunk;
      }
    } catch (cause) {
      const error = toCallError(cause, 'query');
      if ((isAlone && isFirst) || signal.aborted) throw error;
      logger.warn('A data source failed within its answer', { uid: group.dataSource.uid, error });
      for (const { refId } of group.queries) yield { refId, status: 500, error: describeCallError(error) };
    }
  }

  async #group(queries: readonly ParsedQuery[], orgId: number): Promise<Group[]> {
    const groups = new Map<number, Group>();
    const known = new Map<string, DataSource>();
    let hasExpression = false;
    for (const { selector, query } of queries) {
      if (selector === undefined) throw new ServerError('query_data_source_missing', { refId: query.refId });
      if ('uid' in selector && expressionUids.has(selector.uid)) {
        hasExpression = true;
        continue;
      }
      const dataSource = await this.#find(selector, orgId, known);
      const group = groups.get(dataSource.id) ?? { dataSource, queries: [] };
      group.queries.push(query);
      groups.set(dataSource.id, group);
    }
    assertRefIdsDiffer(queries);
    if (hasExpression) throw new ServerError('query_expressions_unavailable');
    return [...groups.values()];
  }

  async #find(selector: Selector, orgId: number, known: Map<string, DataSource>): Promise<DataSource> {
    const key = JSON.stringify(selector);
    const dataSource = known.get(key) ?? (await this.#options.dataSources.get(orgId, selector));
    known.set(key, dataSource);
    return dataSource;
  }

  async #ask({ dataSource, queries }: Group, { identity, headers, signal, lease }: QueryCall): Promise<QueryAnswers> {
    const { cache, catalog, contexts } = this.#options;
    const plugin = catalog.get(dataSource.type);
    const context = await contexts.forDataSource(identity, dataSource);
    const origin = callOrigin({ headers }, { identity, idTokens: this.#options.idTokens });
    try {
      const { responses } = await plugin.queryData({ context, headers: {}, queries }, { signal, origin, lease });
      return { answers: responses, cache: [cache.statusOf(origin)] };
    } catch (error) {
      throw toCallError(error, 'query');
    }
  }

  async #askOrExplain(group: Group, call: QueryCall): Promise<QueryAnswers> {
    try {
      return await this.#ask(group, call);
    } catch (error) {
      this.#options.logger.warn('A data source of a mixed query failed', { uid: group.dataSource.uid, error });
      const answer = { status: 500, error: describeCallError(error), errorSource: '' };
      return { answers: new Map(group.queries.map((query) => [query.refId, answer])), cache: [''] };
    }
  }
}

function assertRefIdsDiffer(queries: readonly ParsedQuery[]): void {
  const seen = new Set<string>();
  for (const { query } of queries) {
    if (seen.has(query.refId)) throw new ServerError('query_ref_id_twice', { refId: query.refId });
    seen.add(query.refId);
  }
}
