import { isUtf8 } from 'node:buffer';
import type { FastifyContextConfig, FastifyInstance, FastifyRequest, RouteShorthandOptions } from 'fastify';
import { z } from 'zod';
import { ServerError, type ServerErrorCode } from '../errors/index.ts';
import { createFieldFinder, isJsonObject, JsonNumber, type JsonValue, parseJson } from '../json/index.ts';

/** Takes bodies of any content type as bytes; routes decide what they are. */
export function addBodyParser(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
}

/** The bytes of a body, possibly none. */
export function bodyBytes(request: FastifyRequest): Uint8Array {
  return request.body instanceof Uint8Array ? request.body : new Uint8Array();
}

/**
 * The JSON of a body; null when there is none. As in Grafana the content type must be JSON, and text after the value
 * is ignored.
 *
 * @throws ServerError `code`, by default `bad_request_data`
 */
export function bodyJson(request: FastifyRequest, code: ServerErrorCode = 'bad_request_data'): JsonValue {
  const bytes = bodyBytes(request);
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (bytes.length === 0) return null;
  if (type !== 'application/json' || !isUtf8(bytes)) throw new ServerError(code);
  try {
    return parseJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'), { ignoreTrailing: true });
  } catch (cause) {
    throw new ServerError(code, {}, { cause });
  }
}

/** Texts by any names, `__proto__` too, which zod's record drops. */
export const textsByName = z.custom<Readonly<Record<string, string>>>(
  (value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every((one) => typeof one === 'string'),
);

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the body of a request is read by; OpenAPI shows it. */
    body?: z.ZodObject;
    /** The body can be anything; OpenAPI shows this example of it. */
    bodyExample?: unknown;
  }
}

/** Options of a route whose body is read by this schema. */
export function taking<Options extends RouteShorthandOptions & { readonly config: FastifyContextConfig }>(
  body: z.ZodObject,
  options: Options,
): Options {
  return { ...options, config: { ...options.config, body } };
}

/** A field that may hold any JSON, with exact numbers. */
export const anyJson = z.custom<JsonValue>(() => true);

/**
 * The body as an object of this shape. Field names count in any case of letters, null counts as absent, unknown fields
 * are ignored: what Go's decoder does.
 *
 * @throws ServerError `code`, by default `bad_request_data`
 */
export function bodyObject<Shape extends z.ZodRawShape>(
  request: FastifyRequest,
  schema: z.ZodObject<Shape>,
  code: ServerErrorCode = 'bad_request_data',
): z.infer<z.ZodObject<Shape>> {
  const declared = request.routeOptions.config.body;
  if (declared !== undefined && declared !== schema)
    throw new Error(`${request.routeOptions.url} reads its body by another schema than it says`);
  const body = bodyJson(request, code) ?? {};
  if (!isJsonObject(body)) throw new ServerError(code);
  const field = createFieldFinder(body);
  const fields = Object.keys(schema.shape).map((name) => [name, plain(field(name) ?? null, schema.shape[name] === (anyJson as unknown))]);
  const result = schema.safeParse(Object.fromEntries(fields));
  if (!result.success) throw new ServerError(code, {}, { cause: result.error });
  return result.data;
}

function plain(value: JsonValue, isExact: boolean): unknown {
  if (value === null) return undefined;
  if (isExact) return value;
  if (value instanceof JsonNumber) return value.toDouble();
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, inner === null ? '' : plain(inner, false)]));
}
