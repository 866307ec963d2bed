import { type HostErrorCode, isHostError } from '@backplane/host';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { describeError, isServerError, ServerError } from '../errors/index.ts';
import { sendError } from './reply.ts';
import type { Services } from './services.ts';

/** Turns whatever a route throws into an answer, and logs what is not the caller's fault. */
export function addErrorHandler(app: FastifyInstance, { config, logger }: Services): void {
  app.setErrorHandler((error: FastifyError | ServerError, request: FastifyRequest, reply: FastifyReply) => {
    const known = toServerError(error, config.backplane.maxRequestBodyBytes);
    if (known.fault !== 'caller') {
      const log = known.code === 'internal' ? logger.error : isLoggedByHost(known.cause) ? logger.debug : logger.warn;
      log('Request failed', { method: request.method, path: request.url.split('?')[0], code: known.code, error: describeError(error) });
    }
    if (known.code === 'internal') logger.debug('Where it failed', { stack: error.stack });
    return sendError(reply, known);
  });
}

/** The host has a line for each call of a plugin that fails; which request it was for is a detail then. */
function isLoggedByHost(cause: unknown): boolean {
  return isHostError(cause) && !notLogged.has(cause.code);
}

const notLogged: ReadonlySet<HostErrorCode> = new Set(['request_cancelled', 'method_not_implemented', 'plugin_not_registered']);

function toServerError(error: FastifyError | ServerError, limitBytes: number): ServerError {
  if (isServerError(error)) return error;
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new ServerError('body_too_large', { limitBytes });
    case 'FST_ERR_BAD_URL':
      return new ServerError('bad_request_path');
    default:
      return new ServerError(
        (error.statusCode ?? 500) < 500 ? 'bad_request_data' : 'internal',
        { detail: error.message },
        { cause: error },
      );
  }
}
