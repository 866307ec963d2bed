import type { FastifyInstance, RouteOptions } from 'fastify';
import { z } from 'zod';
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
    text ??= Buffer.from(JSON.stringify(describeApi(routes, config.backplane.grafanaVersion)));
    return reply.header('content-type', 'application/json').send(text);
  });
}

function isShown(url: string): boolean {
  return /^\/(?:api|healthz|metrics|public\/plugins|login$|logout$)/.test(url);
}

/** The description, as of OpenAPI 3.1. */
export function describeApi(routes: readonly Route[], version: string): Json {
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
    security: [{ basic: [] }, { bearer: [] }],
    paths: Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1))),
    components: {
      securitySchemes: { basic: { type: 'http', scheme: 'basic' }, bearer: { type: 'http', scheme: 'bearer' } },
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
  const names = [...toPath(url).matchAll(/\{(\w+)\}/g)].map((found) => found[1] ?? '');
  const isPublic = access === 'public';
  const hasBody = method === 'post' || method === 'put' || method === 'patch';
  return {
    operationId: `${method} ${toPath(url)}`.replace(/[^a-zA-Z0-9]+/g, '_').replace(/_$/, ''),
    tags: [url.split('/')[url.startsWith('/api/') ? 2 : 1] ?? ''],
    ...(isPublic && { security: [] }),
    'x-access': access ?? 'public',
    ...(names.length > 0 && { parameters: names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })) }),
    ...(hasBody && (body !== undefined || bodyExample !== undefined) && { requestBody: requestBody(body, bodyExample) }),
    responses: {
      '2XX': { description: 'It was done.' },
      '4XX': {
        description: 'It was refused; the message says why.',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
      '5XX': { description: 'It failed, here or in a plugin.' },
    },
  };
}

function requestBody(body: z.ZodObject | undefined, example: unknown): Json {
  if (body === undefined) return { content: { 'application/json': { schema: { type: 'object' }, example } } };
  // What is read as anything is shown as anything.
  const { $schema: _dialect, additionalProperties: _rest, ...schema } = z.toJSONSchema(body, { io: 'input', unrepresentable: 'any' });
  const required = (schema.required ?? []).filter((name) => body.shape[name]?.safeParse(undefined).success !== true);
  return { required: true, content: { 'application/json': { schema: { ...schema, required } } } };
}
