import type { AdmissionHandlers } from './admission.ts';
import type { ConversionHandler, QueryConversionHandler } from './conversion.ts';
import { PluginError, SdkError } from './errors.ts';
import type { HealthHandler } from './health.ts';
import type { HttpMiddleware } from './http/index.ts';
import type { Middleware } from './middleware.ts';
import type { CreateContext, InstanceOptions, Plugin, QueryRoute, QueryRouter } from './plugin.ts';
import type { QueryHandler } from './query/types.ts';
import type { ResourceFactory } from './resources.ts';
import { isSchema, type JsonObject, type SchemaOutput, type StandardSchema } from './schema.ts';
import type { AppSettings, DataSourceSettings } from './settings.ts';
import { routeStreams, type Streams } from './streams/index.ts';

/** Models of a plugin's queries: one schema for all of them, or one for each queryType. */
export type QueryModels = StandardSchema | { readonly [queryType: string]: StandardSchema };

/**
 * What `query` may be: one function for all queries, or one for each queryType and perhaps a `fallback`.
 *
 * A union of plain object types on purpose: behind a conditional type TypeScript would fix the instance's type
 * before it has looked at `create`.
 */
export type QueryHandlers<Models, Instance> =
  | QueryHandler<AnyModel<Models>, Instance>
  | ({ readonly [QueryType in keyof Models]: QueryHandler<ModelOf<Models[QueryType]>, Instance> } & {
      readonly fallback?: QueryHandler<JsonObject, Instance>;
    });

type ModelOf<Schema> = Schema extends StandardSchema ? SchemaOutput<Schema> : never;
type AnyModel<Models> = Models extends StandardSchema ? SchemaOutput<Models> : ModelOf<Models[keyof Models]>;
type AnyJson = StandardSchema<unknown, JsonObject>;

/** Declares what `jsonData` looks like and which secrets there are. */
export interface SettingsDeclaration<Json extends StandardSchema, SecureKey extends string> {
  readonly jsonData?: Json;
  /** Keys of the secrets that the plugin reads. */
  readonly secure?: readonly SecureKey[];
}

interface CommonDeclaration<Json extends StandardSchema, SecureKey extends string, Settings, StreamPath extends string, Instance> {
  /** The id in plugin.json. */
  readonly id: string;
  readonly settings?: SettingsDeclaration<Json, SecureKey>;
  /**
   * Opens an instance; without it the handlers' instance is undefined. `({ settings }) => settings` makes it the settings.
   *
   * Called once for each settings of a data source. What it returns is handed to every handler, and disposed
   * (`Symbol.asyncDispose` or `Symbol.dispose`) once the settings changed and the last handler that uses it is done.
   * Keep it above the handlers: TypeScript infers their types from what it returns.
   */
  readonly create?: (input: CreateContext & { readonly settings: Settings }) => Instance | Promise<Instance>;
  readonly instances?: InstanceOptions;
  readonly checkHealth?: HealthHandler<NoInfer<Instance>>;
  readonly resources?: ResourceFactory<NoInfer<Instance>>;
  /** Live channels by path pattern, such as `live/:metric`. */
  readonly streams?: Streams<StreamPath, NoInfer<Instance>>;
  /** Says which objects of the plugin may be stored, and completes them. */
  readonly admission?: AdmissionHandlers;
  /** Converts stored objects between versions. */
  readonly convert?: ConversionHandler;
  /** Around every call of every kind, the first one outermost. */
  readonly use?: readonly Middleware[];
  /** Around every request of an instance's `fetch`, the first one outermost. */
  readonly httpMiddleware?: readonly HttpMiddleware[];
}

/** All that a data source is. Every type follows from the schemas and from what `create` returns. */
export interface DataSourceDeclaration<
  Json extends StandardSchema,
  SecureKey extends string,
  Models extends QueryModels,
  StreamPath extends string,
  Instance,
> extends CommonDeclaration<Json, SecureKey, DataSourceSettings<SchemaOutput<Json>, SecureKey>, StreamPath, Instance> {
  readonly queries?: Models;
  readonly query?: QueryHandlers<NoInfer<Models>, NoInfer<Instance>>;
  /** Most queries of one request answered at a time: `GF_CONCURRENT_QUERY_COUNT`, or 10, unless given. */
  readonly concurrency?: number;
  /** Converts queries that older versions of the plugin saved. */
  readonly convertQueries?: QueryConversionHandler;
}

/** All that an app plugin is. */
export interface AppDeclaration<Json extends StandardSchema, SecureKey extends string, StreamPath extends string, Instance>
  extends CommonDeclaration<Json, SecureKey, AppSettings<SchemaOutput<Json>, SecureKey>, StreamPath, Instance> {}

/**
 * Declares a data source plugin.
 *
 * @throws SdkError `declaration_invalid` when parts of the declaration do not fit together
 */
export function dataSource<
  Json extends StandardSchema = AnyJson,
  const SecureKey extends string = never,
  Models extends QueryModels = { readonly [queryType: string]: AnyJson },
  StreamPath extends string = never,
  Instance = unknown,
>(declaration: DataSourceDeclaration<Json, SecureKey, Models, StreamPath, Instance>): Plugin {
  const { queries, query, concurrency, convertQueries } = declaration as DataSourceDeclaration<
    StandardSchema,
    string,
    QueryModels,
    string,
    unknown
  >;
  if (concurrency !== undefined && !(Number.isInteger(concurrency) && concurrency >= 1))
    throw invalid(declaration.id, `concurrency is ${concurrency}; give a whole number of at least 1`);
  return { ...common('datasource', declaration), query: routeQueries(declaration.id, queries, query), concurrency, convertQueries };
}

/**
 * Declares an app plugin: one instance for each organisation.
 *
 * @throws SdkError `declaration_invalid` when parts of the declaration do not fit together
 */
export function appPlugin<
  Json extends StandardSchema = AnyJson,
  const SecureKey extends string = never,
  StreamPath extends string = never,
  Instance = unknown,
>(declaration: AppDeclaration<Json, SecureKey, StreamPath, Instance>): Plugin {
  return { ...common('app', declaration), query: undefined, concurrency: undefined, convertQueries: undefined };
}

// biome-ignore lint/suspicious/noExplicitAny: here the author's types end; the adapters hand over what they validated
type AnyDeclaration = CommonDeclaration<any, any, any, any, any>;

function common(kind: Plugin['kind'], declaration: AnyDeclaration): Omit<Plugin, 'query' | 'concurrency' | 'convertQueries'> {
  const {
    id,
    settings = {},
    create = () => undefined,
    instances = {},
    checkHealth,
    resources,
    streams,
    admission,
    convert,
    use = [],
    httpMiddleware = [],
  } = declaration;
  assertKnownParts(kind, declaration);
  if (typeof id !== 'string' || id === '') throw invalid('?', 'it has no id; give the id of plugin.json');
  if (settings.jsonData !== undefined && !isSchema(settings.jsonData))
    throw invalid(id, 'settings.jsonData is no Standard Schema; give one made by a validator such as zod');
  const { idleAfterMs } = instances;
  if (idleAfterMs !== undefined && !(idleAfterMs > 0))
    throw invalid(id, `instances.idleAfterMs is ${idleAfterMs}; give milliseconds above 0`);
  const handlers = { create, checkHealth, resources, streams: streams && routeStreams(streams), admission, convert };
  return { id, kind, settings, ...handlers, instances, use, httpMiddleware };
}

const handlerParts = ['create', 'checkHealth', 'resources', 'streams', 'admission', 'convert'];
const commonParts = ['id', 'settings', 'instances', ...handlerParts, 'use', 'httpMiddleware'];
const partsOf = { datasource: [...commonParts, 'queries', 'query', 'concurrency', 'convertQueries'], app: commonParts };

/** A misspelt handler would simply never be called; TypeScript tells, but plugins are written in JavaScript too. */
function assertKnownParts(kind: Plugin['kind'], declaration: { readonly id: string }): void {
  const unknown = Object.keys(declaration).filter((part) => !partsOf[kind].includes(part));
  if (unknown.length > 0)
    throw invalid(declaration.id, `it has no part called ${unknown.join(', ')}; there are ${partsOf[kind].join(', ')}`);
}

type AnyQueryHandler = QueryHandler<never, unknown>;

function routeQueries(id: string, models: QueryModels | undefined, query: unknown): QueryRouter | undefined {
  if (query === undefined) {
    if (models !== undefined) throw invalid(id, 'it declares queries but no query handler');
    return undefined;
  }
  if (typeof query === 'function') return routeAll(models, query as AnyQueryHandler);
  if (isSchema(models)) throw invalid(id, 'one query model needs one query function');
  return routeByType(id, models ?? {}, query as Readonly<Record<string, AnyQueryHandler>>);
}

/** One function for everything; with models by queryType, a queryType without one is nobody's. */
function routeAll(models: QueryModels | undefined, handler: AnyQueryHandler): QueryRouter {
  if (models === undefined || isSchema(models)) {
    const route = { schema: models, handler };
    return () => route;
  }
  const routes = new Map(Object.entries(models).map(([queryType, schema]) => [queryType, { schema, handler }]));
  return (queryType) => routes.get(queryType) ?? nobody(queryType, routes);
}

function routeByType(
  id: string,
  models: Readonly<Record<string, StandardSchema>>,
  handlers: Readonly<Record<string, AnyQueryHandler>>,
): QueryRouter {
  const missing = Object.keys(models).filter((queryType) => typeof handlers[queryType] !== 'function');
  if (missing.length > 0) throw invalid(id, `no query handler for queryType ${missing.join(', ')}`);
  if ('fallback' in models) throw invalid(id, 'a queryType cannot be called fallback: that handler gets the unknown ones');
  const routes = new Map(Object.entries(handlers).map(([queryType, handler]) => [queryType, { schema: models[queryType], handler }]));
  const fallback = routes.get('fallback');
  return (queryType) => routes.get(queryType) ?? fallback ?? nobody(queryType, routes);
}

function nobody(queryType: string, routes: ReadonlyMap<string, QueryRoute>): never {
  const known = [...routes.keys()].map((name) => JSON.stringify(name)).join(', ') || 'none';
  throw new PluginError(`no handler for query type ${JSON.stringify(queryType)}; this plugin has ${known}`, { status: 400 });
}

function invalid(id: string, problem: string): SdkError {
  return new SdkError('declaration_invalid', `plugin ${id}: ${problem}`);
}
