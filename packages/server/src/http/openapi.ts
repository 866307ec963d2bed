import type { FastifyInstance, RouteOptions } from 'fastify';
import { z } from 'zod';
import { type AnswerShape, answerShape, QUERY_PARAMETERS } from './answers.ts';
import type { Services } from './services.ts';

/** One route as the description needs it. */
type Route = Pick<RouteOptions, 'method' | 'url' | 'config'>;

type Json = Readonly<Record<string, unknown>>;

const methods = ['get', 'post', 'put', 'patch', 'delete', 'head', 'options'];

/**
 * `/public/openapi3.json`: every route of this server with the schemas that its bodies are read by, made when it is first
 * asked for. Add it before the routes it is to tell of.
 */
export function addOpenApi(app: FastifyInstance, { config }: Pick<Services, 'config'>): void {
  const routes: Route[] = [];
  let text: Buffer | undefined;
  app.addHook('onRoute', ({ method, url, config: routeConfig }) => {
    if (isShown(url)) routes.push({ method, url, ...(routeConfig !== undefined && { config: routeConfig }) });
  });
  app.get('/public/openapi3.json', { config: { access: 'public' } }, (_request, reply) => {
    text ??= Buffer.from(
      JSON.stringify(describeApi(routes, { version: config.backplane.grafanaVersion, sessionCookie: config.auth.loginCookieName })),
    );
    return reply.header('content-type', 'application/json').send(text);
  });
}

function isShown(url: string): boolean {
  return /^\/(?:api|healthz|readyz|metrics|public\/plugins|login$|logout$)/.test(url);
}

/** The description, as of OpenAPI 3.1. */
export function describeApi(
  routes: readonly Route[],
  { version, sessionCookie }: { readonly version: string; readonly sessionCookie: string },
): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    const path = toPath(route.url);
    paths[path] ??= {};
    for (const name of [route.method].flat()) {
      const method = name.toLowerCase();
      // HEAD comes with every GET.
      if (methods.includes(method) && !(method === 'head' && isGet(routes, route.url))) paths[path][method] = operation(route, method);
    }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Backplane', version, description: "Grafana's HTTP API over backend plugins." },
    servers: [{ url: '/' }],
    security: [{ basic: [] }, { bearer: [] }, { session: [] }],
    paths: Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1))),
    components: {
      securitySchemes: {
        basic: { type: 'http', scheme: 'basic' },
        bearer: { type: 'http', scheme: 'bearer', description: 'A token of a service account.' },
        session: { type: 'apiKey', in: 'cookie', name: sessionCookie, description: 'What POST /login gives.' },
      },
      schemas: { Error: errorSchema },
    },
  };
}

const errorSchema = {
  type: 'object',
  required: ['message'],
  properties: { message: { type: 'string' }, messageId: { type: 'string' }, statusCode: { type: 'integer' }, traceID: { type: 'string' } },
};

function isGet(routes: readonly Route[], url: string): boolean {
  return routes.some((route) => route.url === url && [route.method].flat().includes('GET'));
}

function toPath(url: string): string {
  return url.replace(/:(\w+)/g, '{$1}').replace(/\*$/, '{rest}');
}

function operation({ url, config = {} as Route['config'] }: Route, method: string): Json {
  const { access, body, bodyExample } = config ?? {};
  const hasBody = method === 'post' || method === 'put' || method === 'patch';
  return {
    operationId: `${method} ${toPath(url)}`.replace(/[^a-zA-Z0-9]+/g, '_').replace(/_$/, ''),
    tags: [url.split('/')[url.startsWith('/api/') ? 2 : 1] ?? ''],
    ...(access === 'public' && { security: [] }),
    'x-access': access ?? 'public',
    ...parameters(url, method, access !== 'public'),
    ...(hasBody && (body !== undefined || bodyExample !== undefined) && { requestBody: requestBody(body, bodyExample) }),
    responses: responses(answerShape(method, url), url),
  };
}

function parameters(url: string, method: string, isGuarded: boolean): Json {
  const names = [...toPath(url).matchAll(/\{(\w+)\}/g)].map((found) => found[1] ?? '');
  const schema = { type: 'string' };
  const list = [
    ...names.map((name) => ({ name, in: 'path', required: true, schema })),
    ...(QUERY_PARAMETERS[`${method.toUpperCase()} ${url}`] ?? []).map((name) => ({ name, in: 'query', schema })),
    ...(isGuarded ? [{ name: 'X-Grafana-Org-Id', in: 'header', description: 'The organisation that is meant.', schema }] : []),
  ];
  return list.length === 0 ? {} : { parameters: list };
}

const anError = { 'application/json': { schema: { $ref: '#/components/schemas/Error' } }, 'text/plain': {} };

function responses(shape: AnswerShape | undefined, url: string): Json {
  const done = 'It was done.';
  const refused = 'It was refused; the message says why.';
  const failed = 'It failed, here or in a plugin.';
  if (shape === 'raw' || shape === undefined) {
    // Of any type, or empty without one.
    return {
      '2XX': { description: done },
      '3XX': { description: 'It is elsewhere.' },
      '4XX': { description: refused },
      '5XX': { description: failed },
    };
  }
  const schema = toSchema(shape);
  const isQuery = url === '/api/ds/query';
  // Who asks for them gets other forms of the same.
  const forms = isQuery ? { 'application/vnd.apache.arrow.stream': {}, 'application/x-ndjson': {} } : {};
  const asRefused = isQuery
    ? { 'application/json': { schema: { anyOf: [anError['application/json'].schema, schema] } }, 'text/plain': {} }
    : anError;
  return {
    '2XX': { description: done, content: { 'application/json': { schema }, ...forms } },
    '4XX': { description: refused, content: { ...asRefused, ...forms } },
    '5XX': { description: failed, content: anError },
  };
}

/** Later versions may say more. */
function toSchema(shape: z.ZodType): Json {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(shape, {
    io: 'input',
    unrepresentable: 'any',
    override({ jsonSchema }) {
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    },
  });
  return schema;
}

function requestBody(body: z.ZodObject | undefined, example: unknown): Json {
  if (body === undefined) return { content: { 'application/json': { schema: { type: 'object' }, example } } };
  // What is read as anything is shown as anything.
  const { $schema: _dialect, additionalProperties: _rest, ...schema } = z.toJSONSchema(body, { io: 'input', unrepresentable: 'any' });
  const required = (schema.required ?? []).filter((name) => body.shape[name]?.safeParse(undefined).success !== true);
  const media = { schema: { ...schema, required }, ...(example !== undefined && { example }) };
  return { required: true, content: { 'application/json': media } };
}
