import type { Random } from '../random.ts';
import { formatFrames, frameOf, parseFrames, Type, type WireFrame } from './frames.ts';

/** What one side of a connection sends. */
export interface Sample {
  /** The client's preface, or nothing. */
  readonly preface: Buffer;
  readonly frames: readonly WireFrame[];
}

/** A sample of recorded bytes. */
export function createSample(bytes: Buffer, prefaceBytes: number): Sample {
  return { preface: bytes.subarray(0, prefaceBytes), frames: parseFrames(bytes.subarray(prefaceBytes)) };
}

/** A connection with up to twelve wounds: most to its frames, some to single octets. `samples`: what pieces are taken from. */
export function damagedConnection({ preface, frames: intact }: Sample, samples: readonly Sample[], random: Random): Buffer {
  const frames = intact.map((frame) => ({ ...frame, payload: Buffer.from(frame.payload) }));
  const wounds = random.of(WOUNDS);
  for (let i = 0; i < wounds && frames.length > 0; i++) random.of(FRAME_WOUNDS)(frames, random, samples);
  const bytes = Buffer.concat([preface, formatFrames(frames)]);
  return random.below(4) === 0 ? woundOctets(bytes, random) : bytes;
}

const WOUNDS = [0, 1, 1, 1, 2, 3, 5, 12];
const WORDS = [0, 1, 2, 3, 4, 5, 0x3fff, 0x4000, 0xffff, 0x10000, 0x40000, 0x40001, 0xffffff, 0x7fffffff, 0x80000000, 0xffffffff];
const LENGTHS = [0, 1, 3, 4, 5, 6, 7, 8, 9, 0x4000, 0x40000, 0x40001, 0xffffff];

type Wound = (frames: WireFrame[], random: Random, samples: readonly Sample[]) => void;

const FRAME_WOUNDS: readonly Wound[] = [
  swapFrames,
  repeatFrame,
  dropFrame,
  insertFrame,
  insertFrame,
  spliceFrames,
  changeHead,
  changeLength,
  resizePayload,
  changePayload,
  changePayload,
  damageBlock,
  damageBlock,
  splitBlock,
  splitData,
  padFrame,
  changeMessageLength,
];

function swapFrames(frames: WireFrame[], random: Random): void {
  const [frame] = frames.splice(random.below(frames.length), 1);
  if (frame !== undefined) frames.splice(random.below(frames.length + 1), 0, frame);
}

function repeatFrame(frames: WireFrame[], random: Random): void {
  const at = random.below(frames.length);
  const frame = frames[at];
  const times = random.of([1, 1, 2, 10, 100]);
  if (frame !== undefined)
    frames.splice(at, 0, ...Array.from({ length: times }, () => ({ ...frame, payload: Buffer.from(frame.payload) })));
}

function dropFrame(frames: WireFrame[], random: Random): void {
  frames.splice(random.below(frames.length), 1 + random.below(3));
}

/** A frame that is right in itself, wherever it lands. */
function insertFrame(frames: WireFrame[], random: Random): void {
  frames.splice(random.below(frames.length + 1), 0, someFrame(someStream(frames, random), random));
}

function someFrame(streamId: number, random: Random): WireFrame {
  const setting = () => Buffer.concat([Buffer.of(0, random.below(8)), word(random.of(WORDS))]);
  switch (random.below(11)) {
    case 0:
      return frameOf(Type.windowUpdate, 0, random.of([0, streamId]), word(random.of(WORDS)));
    case 1:
      return frameOf(Type.settings, 0, 0, Buffer.concat(Array.from({ length: random.below(4) }, setting)));
    case 2:
      return frameOf(Type.settings, 1, 0, Buffer.alloc(0));
    case 3:
      return frameOf(Type.ping, random.below(2), 0, Buffer.alloc(8, random.below(256)));
    case 4:
      return frameOf(Type.rstStream, 0, streamId, word(random.below(16)));
    case 5:
      return frameOf(Type.goaway, 0, 0, Buffer.concat([word(random.of([0, streamId, 0x7fffffff])), word(random.below(16))]));
    case 6:
      return frameOf(Type.priority, 0, streamId, Buffer.concat([word(random.of([0, streamId, 9])), Buffer.of(16)]));
    case 7:
      return frameOf(Type.data, random.below(2), streamId, Buffer.alloc(random.of([0, 0, 5, 200]), random.of([0, 1])));
    case 8:
      return frameOf(Type.pushPromise, 4, streamId, word(2));
    case 9:
      return frameOf(Type.continuation, random.of([0, 4]), streamId, Buffer.alloc(random.below(3)));
    default:
      return frameOf(random.below(256), random.below(256), streamId, randomBytes(random, random.below(40)));
  }
}

function spliceFrames(frames: WireFrame[], random: Random, samples: readonly Sample[]): void {
  const other = random.of(samples).frames;
  const from = random.below(other.length);
  const pieces = other.slice(from, from + 1 + random.below(5)).map((frame) => ({ ...frame, payload: Buffer.from(frame.payload) }));
  frames.splice(random.below(frames.length + 1), random.below(3), ...pieces);
}

function changeHead(frames: WireFrame[], random: Random): void {
  const frame = random.of(frames);
  switch (random.below(3)) {
    case 0:
      frame.type = random.below(11);
      break;
    case 1:
      frame.flags ^= 1 << random.below(8);
      break;
    default:
      frame.streamId = random.below(5) === 0 ? random.of(WORDS) : someStream(frames, random);
  }
}

/** The claimed length alone: all that follows is read from another place. */
function changeLength(frames: WireFrame[], random: Random): void {
  const frame = random.of(frames);
  frame.length = random.below(2) === 0 ? random.of(LENGTHS) : Math.max(0, frame.length + random.below(7) - 3);
}

/** The payload and its length with it. */
function resizePayload(frames: WireFrame[], random: Random): void {
  const frame = random.of(frames);
  const bytes = Math.max(0, random.below(3) === 0 ? random.of(LENGTHS.slice(0, 10)) : frame.payload.length + random.below(9) - 4);
  const payload = Buffer.alloc(bytes);
  frame.payload.copy(payload);
  replacePayload(frame, payload);
}

function changePayload(frames: WireFrame[], random: Random): void {
  woundInPlace(random.of(frames).payload, random);
}

/** Octets of a header block changed, lost or added, with the length kept right. */
function damageBlock(frames: WireFrame[], random: Random): void {
  const blocks = frames.filter(({ type }) => type === Type.headers || type === Type.continuation);
  if (blocks.length === 0) return;
  const frame = random.of(blocks);
  const at = random.below(frame.payload.length + 1);
  const removed = random.of([0, 0, 1, 1, 2, 8]);
  replacePayload(frame, Buffer.concat([frame.payload.subarray(0, at), random.of(BLOCK_PIECES), frame.payload.subarray(at + removed)]));
}

const BLOCK_PIECES = [
  ...['', '80', '82', '88', 'be', 'bf', 'c0', 'ff8001', '20', '3f01', '3fe11f', '3fe21f', '3fffffffff0f', '00', '10', '40', '0000'],
  ...['418cf1e3c2e5f23a6ba0ab90f4ff', '0085ffffffffff00', '4003782d79017a', '40027f58017a', '000178017a', '007fffffff7f', '0f0d0135'],
].map((hex) => Buffer.from(hex, 'hex'));

/** HEADERS as HEADERS and CONTINUATION: the same to a reader, unless a wound comes between. */
function splitBlock(frames: WireFrame[], random: Random): void {
  const at = frames.findIndex(({ type, flags }) => type === Type.headers && (flags & 4) !== 0 && random.below(3) === 0);
  const frame = frames[at];
  if (frame === undefined) return;
  const { payload, streamId } = frame;
  const cut = random.below(payload.length + 1);
  frames.splice(at + 1, 0, frameOf(Type.continuation, 4, streamId, payload.subarray(cut)));
  frame.flags &= ~4;
  replacePayload(frame, payload.subarray(0, cut));
}

/** DATA in more frames: the same to a reader. */
function splitData(frames: WireFrame[], random: Random): void {
  const at = frames.findIndex(({ type, flags }) => type === Type.data && (flags & 8) === 0 && random.below(3) === 0);
  const frame = frames[at];
  if (frame === undefined) return;
  const { payload, streamId, flags } = frame;
  const cut = random.below(payload.length + 1);
  frames.splice(at, 0, frameOf(Type.data, 0, streamId, payload.subarray(0, cut)));
  replacePayload(frame, payload.subarray(cut));
  frame.flags = flags;
}

/** Padding, mostly right. */
function padFrame(frames: WireFrame[], random: Random): void {
  const frame = random.of(frames);
  if ((frame.type !== Type.data && frame.type !== Type.headers) || (frame.flags & 0x28) !== 0) return;
  const padding = random.below(20);
  frame.flags |= 8;
  replacePayload(
    frame,
    Buffer.concat([Buffer.of(random.below(6) === 0 ? random.below(256) : padding), frame.payload, Buffer.alloc(padding)]),
  );
}

/** The prefix of a gRPC message: its flag, or its length. */
function changeMessageLength(frames: WireFrame[], random: Random): void {
  const messages = frames.filter(({ type, payload }) => type === Type.data && payload.length >= 5);
  if (messages.length === 0) return;
  const { payload } = random.of(messages);
  if (random.below(4) === 0) payload[0] = random.below(4);
  else payload.writeUInt32BE(random.below(2) === 0 ? random.of(WORDS) : payload.length - 5 + random.below(5), 1);
}

/** Wounds that know nothing of frames. */
function woundOctets(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length);
  switch (random.below(4)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(12))]);
    case 2:
      return Buffer.concat([bytes.subarray(0, at), randomBytes(random, 1 + random.below(12)), bytes.subarray(at)]);
    default:
      woundInPlace(bytes, random);
      return bytes;
  }
}

function woundInPlace(bytes: Buffer, random: Random): void {
  if (bytes.length === 0) return;
  const at = random.below(bytes.length);
  if (random.below(3) === 0 && at + 4 <= bytes.length) bytes.writeUInt32BE(random.of(WORDS), at);
  else if (random.below(2) === 0) bytes[at] = random.below(256);
  else bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
}

function replacePayload(frame: WireFrame, payload: Buffer): void {
  frame.payload = payload;
  frame.length = payload.length;
}

/** Mostly a stream of this connection. */
const someStream = (frames: readonly WireFrame[], random: Random): number =>
  random.below(4) === 0 ? random.below(40) : random.of(frames).streamId;

function word(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

function randomBytes(random: Random, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let i = 0; i < length; i++) bytes[i] = random.below(256);
  return bytes;
}
