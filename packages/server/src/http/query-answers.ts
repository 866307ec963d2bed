import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { encodeArrowStream, encodeFrameJson, encodeQueryResponse, type Frame, frame } from '@backplane/frames';
import type { FastifyReply } from 'fastify';
import type { QueryAnswer, QueryPart } from '../query/index.ts';
import { sendStream } from './reply.ts';

/** How a client wants the answer to its queries. */
export type QueryFormat = 'json' | 'arrow' | 'lines';

const arrowType = 'application/vnd.apache.arrow.stream';
const lineTypes = ['application/x-ndjson', 'application/jsonl', 'text/jsonl'];

/** Grafana's JSON unless the client asks for something else by name. */
export function queryFormat(accept = ''): QueryFormat {
  for (const part of accept.toLowerCase().split(',')) {
    const [type = '', ...parameters] = part.split(';').map((text) => text.trim());
    if (parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter))) continue;
    if (type === arrowType) return 'arrow';
    if (lineTypes.includes(type)) return 'lines';
    if (type === 'application/json' || type === '*/*') return 'json';
  }
  return 'json';
}

/**
 * Small answers go out at once, bigger ones block by block: as fast as the client reads, other work going on between.
 *
 * @param lease of the memory of the answers, disposed when they are JSON; when they never are, the memory is not used again
 */
export function sendAnswers(reply: FastifyReply, answers: ReadonlyMap<string, QueryAnswer>, lease?: Disposable): FastifyReply {
  reply.code(statusOf(answers)).header('content-type', 'application/json');
  const blocks = encodeQueryResponse(answers);
  const first = nextBlock(blocks);
  const second = nextBlock(blocks);
  if (first === undefined || second === undefined) {
    lease?.[Symbol.dispose]();
    return reply.send(first ?? Buffer.alloc(0));
  }
  return reply.send(Readable.from(restOfBlocks(first, second, blocks, lease), { objectMode: false, highWaterMark: 64 * 1024 }));
}

/** One Arrow stream after another, one for each frame with its refId, refIds sorted as in JSON; an error is a frame without fields and with a notice. */
export function sendArrow(reply: FastifyReply, answers: ReadonlyMap<string, QueryAnswer>): FastifyReply {
  reply.code(statusOf(answers)).header('content-type', arrowType);
  return reply.send(Readable.from(arrowStreams(answers), { objectMode: false }));
}

/** A line for each part as it comes: `refId`, `frameId` and `frame`, or `error` and `errorSource`. Parts of one `frameId` are rows of one frame. */
export async function sendParts(reply: FastifyReply, parts: AsyncIterable<QueryPart>): Promise<FastifyReply> {
  const iterator = parts[Symbol.asyncIterator]();
  // A failure before anything was sent still has its status.
  const first = await iterator.next();
  reply.code(200).header('content-type', 'application/x-ndjson').header('x-accel-buffering', 'no');
  return sendStream(reply, lines(first, iterator));
}

function statusOf(answers: ReadonlyMap<string, QueryAnswer>): number {
  return [...answers.values()].some((answer) => answer.error !== undefined) ? 400 : 200;
}

async function* restOfBlocks(
  first: Buffer,
  second: Buffer,
  blocks: Generator<Uint8Array>,
  lease: Disposable | undefined,
): AsyncGenerator<Buffer> {
  try {
    yield first;
    for (let block: Buffer | undefined = second; block !== undefined; block = nextBlock(blocks)) {
      yield block;
      await setImmediate();
    }
  } finally {
    blocks.return(undefined);
    lease?.[Symbol.dispose]();
  }
}

/** A copy, because the encoder writes all blocks into the same memory. */
function nextBlock(blocks: Generator<Uint8Array>): Buffer | undefined {
  const { done, value } = blocks.next();
  return done === true ? undefined : Buffer.from(value);
}

async function* arrowStreams(answers: ReadonlyMap<string, QueryAnswer>): AsyncGenerator<Uint8Array> {
  const inOrder = [...answers].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [refId, { error, frames = [] }] of inOrder) {
    for (const one of error === undefined ? frames : [...frames, errorFrame(error)]) {
      yield encodeArrowStream(one.refId === '' ? one.with({ refId }) : one);
      await setImmediate();
    }
  }
}

function errorFrame(text: string): Frame {
  return frame('error', {}, { meta: { notices: [{ severity: 'error', text }] } });
}

async function* lines(first: IteratorResult<QueryPart>, rest: AsyncIterator<QueryPart>): AsyncGenerator<Buffer> {
  try {
    for (let next = first; next.done !== true; next = await rest.next()) yield* line(next.value);
  } finally {
    await rest.return?.();
  }
}

async function* line({ refId, frameId, frame: rows, error, errorSource }: QueryPart): AsyncGenerator<Buffer> {
  const head = JSON.stringify({ refId, frameId: frameId || undefined, error, errorSource: errorSource || undefined });
  if (rows === undefined) {
    yield Buffer.from(`${head}\n`);
    return;
  }
  yield Buffer.from(`${head.slice(0, -1)},"frame":`);
  const blocks = encodeFrameJson(rows);
  try {
    for (let block = nextBlock(blocks); block !== undefined; block = nextBlock(blocks)) {
      yield block;
      await setImmediate();
    }
  } finally {
    blocks.return(undefined);
  }
  yield Buffer.from('}\n');
}
