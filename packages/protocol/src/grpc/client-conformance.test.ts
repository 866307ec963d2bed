import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Http2Code, http2CodeName } from '../http2/constants.ts';
import { Flag, type Frame, FrameType, frame, parseFrames, settings } from '../http2/fixtures/scripted-peer.ts';
import { type ClientCase, type Outcome, REPLY, response } from './fixtures/client-cases/client-case.ts';
import { CONTROL_CASES } from './fixtures/client-cases/control-cases.ts';
import { FRAME_CASES } from './fixtures/client-cases/frame-cases.ts';
import { MESSAGE_CASES } from './fixtures/client-cases/message-cases.ts';
import { chat, echo } from './fixtures/echo.ts';
import { FramePeer } from './fixtures/frame-peer.ts';
import { type Channel, connect, GrpcCode, GrpcStatusError } from './index.ts';

// What peers may do to a client, each answered as RFC 9113 wants: over real sockets, with a peer that knows no rules.

const CASES = [...FRAME_CASES, ...CONTROL_CASES, ...MESSAGE_CASES];
/** A PING that follows the frames of a case: its answer tells that they have been read. */
const FENCE = Buffer.from('fence!!!');

for (const one of CASES) {
  test(`a client, sent ${one.name} (${one.section}): ${describe(one.client)}`, () => (one.when === 'first' ? runFirst(one) : run(one)));
}

test('there are more than a hundred of these, no two of the same name', () => {
  assert.ok(CASES.length > 100);
  assert.equal(new Set(CASES.map(({ section, name }) => section + name)).size, CASES.length);
});

function describe(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'connection':
      return `GOAWAY ${http2CodeName(Http2Code[outcome.code])}`;
    case 'stream':
      return `RST_STREAM ${http2CodeName(Http2Code[outcome.code])}, ${outcome.status}`;
    case 'status':
      return outcome.status;
    case 'reply':
      return outcome.reset === undefined ? 'takes the reply' : `takes the reply, RST_STREAM ${http2CodeName(Http2Code[outcome.reset])}`;
    case 'ignored':
      return 'goes on';
    case 'goodbye':
      return `ends after ${outcome.status ?? 'the reply'}`;
    default:
      return outcome satisfies never;
  }
}

/** A peer that does not begin as it should: there is no channel. */
async function runFirst({ peer: pieces, client }: ClientCase): Promise<void> {
  await using peer = await FramePeer.listen(Buffer.concat(pieces));
  await assert.rejects(connect(peer.address), isStatus('unavailable'));
  await peer.until(() => false);
  assertGoaway(peer, client);
}

async function run({ peer: pieces, client, call = 'unary' }: ClientCase): Promise<void> {
  const script = Buffer.concat(pieces);
  await using peer = await FramePeer.listen(settings());
  await using channel = await connect(peer.address);
  const reply = call === 'unary' ? startUnary(channel) : startDuplex(channel, call === 'unread' ? peer.until(isFenced) : undefined);
  reply.catch(() => undefined); // looked at below
  await peer.until((frames) => frames.some(({ type }) => type === FrameType.data));
  peer.write(Buffer.concat([script, frame(FrameType.ping, 0, 0, FENCE)]));
  if (client.kind === 'connection' || client.kind === 'goodbye') {
    await peer.until(client.kind === 'connection' ? isFenced : () => false);
    if (client.kind === 'connection') assertGoaway(peer, client);
    else
      assert.deepEqual(
        peer.frames.filter(({ type }) => type === FrameType.goaway),
        [],
      );
    await assertOutcome(reply, client);
    await channel.closed;
    return;
  }
  await peer.until(isFenced);
  assert.equal(peer.ended, false, `the client has ended the connection: ${lastWords(peer)}`);
  if (client.kind === 'ignored') peer.write(Buffer.concat(response()));
  await assertOutcome(reply, client);
  assertFrames(peer, script, client);
  await assertGoesOn(channel, peer);
}

const startUnary = (channel: Channel): Promise<string> => channel.unary(echo, 'hello');

/** @param readable the responses are left alone until then */
async function startDuplex(channel: Channel, readable: Promise<void> | undefined): Promise<string> {
  const call = channel.duplex(chat);
  await call.send('hello');
  await readable;
  return (await Array.fromAsync(call)).join();
}

const isFenced = (frames: readonly Frame[]): boolean =>
  frames.some(({ type, flags, payload }) => type === FrameType.ping && flags === Flag.ack && payload.equals(FENCE));

async function assertOutcome(reply: Promise<string>, client: Outcome): Promise<void> {
  switch (client.kind) {
    case 'connection':
      return assert.rejects(reply, isStatus('unavailable'));
    case 'stream':
      return assert.rejects(reply, isStatus(client.status));
    case 'status':
      return assert.rejects(reply, isStatus(client.status, client.message));
    case 'goodbye':
      return client.status === undefined ? assert.equal(await reply, REPLY) : assert.rejects(reply, isStatus(client.status));
    case 'reply':
      return assert.ok((await reply) === client.text);
    case 'ignored':
      return assert.equal(await reply, REPLY);
    default:
      return client satisfies never;
  }
}

/** Nothing is sent beside what the case wants: as many acknowledgements as there was to acknowledge, and one RST_STREAM at most. */
function assertFrames(peer: FramePeer, script: Buffer, client: Outcome): void {
  const asked = (type: number) => parseFrames(script).filter((one) => one.type === type && (one.flags & Flag.ack) === 0).length + 1;
  const acknowledged = (type: number) => peer.frames.filter((one) => one.type === type && one.flags === Flag.ack).length;
  assert.equal(acknowledged(FrameType.settings), asked(FrameType.settings));
  assert.equal(acknowledged(FrameType.ping), asked(FrameType.ping));
  const resets = peer.frames.filter(({ type }) => type === FrameType.rstStream);
  const code = client.kind === 'stream' ? client.code : client.kind === 'reply' ? client.reset : undefined;
  assert.deepEqual(
    resets.map(({ streamId, payload }) => [streamId, http2CodeName(payload.readUInt32BE())]),
    code === undefined ? [] : [[1, http2CodeName(Http2Code[code])]],
  );
}

/** The fault of one stream costs no other: the next call on the connection is answered. */
async function assertGoesOn(channel: Channel, peer: FramePeer): Promise<void> {
  const next = channel.unary(echo, 'again');
  await peer.until((frames) => frames.some(({ type, streamId }) => type === FrameType.data && streamId === 3));
  peer.write(Buffer.concat(response(3, 'again')));
  assert.equal(await next, 'again');
}

function assertGoaway(peer: FramePeer, client: Outcome): void {
  const last = peer.frames.at(-1);
  assert.equal(last?.type, FrameType.goaway, lastWords(peer));
  assert.equal(http2CodeName(last.payload.readUInt32BE(4)), client.kind === 'connection' ? http2CodeName(Http2Code[client.code]) : '');
}

const lastWords = (peer: FramePeer): string => JSON.stringify(peer.frames.slice(-3));

const isStatus = (name: keyof typeof GrpcCode, message?: RegExp) => (error: unknown) => {
  assert.ok(error instanceof GrpcStatusError, String(error));
  assert.equal(error.code, GrpcCode[name], `${error.code}: ${error.message}`);
  if (message !== undefined) assert.match(error.message, message);
  return true;
};
