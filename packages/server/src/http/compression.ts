import { pipeline, Readable } from 'node:stream';
import { constants, createGzip, gzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Services } from './services.ts';

// What others made is passed on as they made it. Source: Grafana `pkg/middleware/gziper.go`.
const untouched =
  /^\/(?:api\/datasources\/proxy|api\/plugin-proxy|metrics|api\/live\/(?:ws|push))|^\/api\/(?:plugins|datasources)\/.*\/resources/;

/** `[server] enable_gzip`: answers are compressed for clients that take it, big ones as they are written. */
export function addCompression(app: FastifyInstance, { config }: Services): void {
  if (!config.server.enableGzip) return;
  app.addHook('onSend', (request, reply, payload, done) => {
    if (!isWanted(request, reply)) return done(null, payload);
    if (payload instanceof Readable) {
      mark(reply);
      // What is written goes on at once: the parts of an answer may be minutes apart.
      const zip = createGzip({ flush: constants.Z_SYNC_FLUSH });
      // The error of one side is that of the other; fastify deals with it.
      pipeline(payload, zip, () => undefined);
      return done(null, zip);
    }
    if (!(payload instanceof Uint8Array) || payload.length === 0) return done(null, payload);
    mark(reply);
    gzip(payload, (error, zipped) => (error === null ? done(null, zipped) : done(error)));
  });
}

function mark(reply: FastifyReply): void {
  reply.header('content-encoding', 'gzip').header('vary', 'Accept-Encoding').removeHeader('content-length');
}

function isWanted({ method, headers, url }: FastifyRequest, reply: FastifyReply): boolean {
  if (method === 'HEAD' || reply.statusCode === 204 || reply.statusCode === 304 || untouched.test(url)) return false;
  if (reply.getHeader('content-encoding') !== undefined || headers.range !== undefined) return false;
  return acceptsGzip(headers['accept-encoding']);
}

function acceptsGzip(header: string | string[] | undefined): boolean {
  return String(header ?? '')
    .toLowerCase()
    .split(',')
    .some((part) => {
      const [name, ...parameters] = part.split(';').map((text) => text.trim());
      return name === 'gzip' && !parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter));
    });
}
