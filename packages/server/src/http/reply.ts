import { randomInt } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { ErrorReply, ServerError } from '../errors/index.ts';

const jsonType = 'application/json';
const jsonTypeWithCharset = 'application/json; charset=UTF-8';

/** Answers with JSON. Bytes are sent, because for texts fastify would add its own spelling of the charset. */
export function sendJson(reply: FastifyReply, status: number, body: unknown, contentType = jsonType): FastifyReply {
  return reply
    .code(status)
    .header('content-type', contentType)
    .send(Buffer.from(JSON.stringify(body)));
}

/** Answers with text that is JSON already. */
export function sendJsonText(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply.code(status).header('content-type', jsonType).send(Buffer.from(text));
}

/**
 * Answers with bytes as they come. The client learns status and headers at once, even if the first part takes its time:
 * once they are written, which is when the stream is piped, for hooks may be waited for before.
 */
export function sendStream(reply: FastifyReply, parts: AsyncIterable<Uint8Array>): FastifyReply {
  reply.raw.once('pipe', () => reply.raw.flushHeaders());
  return reply.send(Readable.from(parts, { objectMode: false }));
}

/** Answers with the status and body that belong to an error; see ErrorReply for the shapes. */
export function sendError(reply: FastifyReply, error: ServerError): FastifyReply {
  const shape = error.reply;
  if (shape?.form === 'empty') return reply.code(shape.status).removeHeader('content-type').send();
  if (shape?.form === 'text') {
    return reply
      .code(shape.status)
      .header('content-type', 'text/plain; charset=utf-8')
      .header('x-content-type-options', 'nosniff')
      .send(Buffer.from(`${shape.text}\n`));
  }
  if (shape === undefined) return sendJson(reply, 500, { message: 'Internal Server Error' }, jsonTypeWithCharset);
  return sendJson(reply, shape.status, errorBody(shape), shape.charset === true ? jsonTypeWithCharset : jsonType);
}

function errorBody({ form, status, messageId, text }: ErrorReply): unknown {
  switch (form) {
    case 'text':
      return text;
    case 'message':
      return { message: text };
    case 'traced':
      return { message: text, traceID: '' };
    case 'errutil':
      return { statusCode: status, messageId, message: text };
    case 'unauthorized':
      return { extra: null, message: text, messageId, statusCode: status, traceID: '' };
    case 'empty':
      return undefined;
    case 'denied':
      return {
        accessErrorId: `ACE${randomInt(10 ** 10)
          .toString()
          .padStart(10, '0')}`,
        message: text,
        title: 'Access denied',
      };
    default:
      return form satisfies never;
  }
}

/** Answers to a request that cannot be routed as Go's server does by itself. */
export function sendBadRequest(reply: FastifyReply): void {
  reply.code(400).header('content-type', 'text/plain; charset=utf-8').header('connection', 'close').send(Buffer.from('400 Bad Request'));
}

/** A redirect as Go writes it: with a link for GET and HEAD, without a body for other methods. */
export function redirect(reply: FastifyReply, location: string): FastifyReply {
  reply.code(302).header('location', location);
  if (!['GET', 'HEAD'].includes(reply.request.method)) return reply.send();
  const link = location.replace(/&/g, '&amp;').replace(/"/g, '&#34;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  return reply.header('content-type', 'text/html; charset=utf-8').send(Buffer.from(`<a href="${link}">Found</a>.\n\n`));
}
