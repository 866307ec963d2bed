import type { Http2Connection } from '@backplane/protocol/http2';
import type { Random } from '../random.ts';
import { takeAll } from './scenarios.ts';

/** What one connection may hold of what it was sent, and write for it. Requests and answers of a scenario are less. */
const BASE_BYTES = 300_000;
const BYTES_PER_OCTET = 50;
const MOST_PIECES = 200;
/** Limits are looked at after so many pieces. */
const PIECES_PER_LOOK = 16;
const MOST_REMEMBERED = 2000;
/** Something else runs between two pieces, a write is made, the peer stops reading, now and then. */
const PAUSES = ['none', 'none', 'none', 'turn', 'write', 'block', 'unblock'] as const;

/** How input arrives: in which pieces, and whether other things happen between them. */
export interface Arrival {
  readonly pieces: readonly Buffer[];
  /** Undefined: nothing happens until all has arrived. */
  readonly between: Random | undefined;
}

/** Cuts input at random points, into pieces that are small, but not too many. */
export function cutUp(bytes: Buffer, random: Random): Buffer[] {
  const pieces: Buffer[] = [];
  const largest = Math.max(random.of([1, 9, 40, 300, 3000]), bytes.length / MOST_PIECES);
  for (let at = 0; at < bytes.length; ) {
    const length = 1 + random.below(largest);
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return pieces;
}

/**
 * Lets input arrive at a connection, and watches what it holds and writes.
 *
 * @param owned as of `receive`
 * @returns all that it wrote
 * @throws Error when it holds or writes out of proportion, or ends in an error that is not HTTP/2's
 */
export async function play(connection: Http2Connection, { pieces, between }: Arrival, owned: boolean): Promise<Buffer> {
  const output: Buffer[] = [];
  let arrived = 0;
  connection.port = { wake: () => undefined, flush: () => undefined, end: () => undefined };
  for (const [i, piece] of pieces.entries()) {
    if (owned) connection.receive(piece, piece.length, true);
    else receiveLent(connection, piece);
    arrived += piece.length;
    if (i % PIECES_PER_LOOK === 0) assertBounded(connection, arrived);
    if (between !== undefined) await pause(connection, output, between);
  }
  assertBounded(connection, arrived);
  await new Promise(setImmediate);
  output.push(takeAll(connection));
  await new Promise(setImmediate);
  output.push(takeAll(connection));
  const written = Buffer.concat(output);
  if (written.length > BASE_BYTES + arrived * BYTES_PER_OCTET) throw new Error(`writes ${written.length} bytes for ${arrived}`);
  return written;
}

/** One read buffer for all, as our sockets have it: it is overwritten after each piece. */
function receiveLent(connection: Http2Connection, piece: Buffer): void {
  if (readBuffer.length < piece.length) readBuffer = Buffer.allocUnsafeSlow(piece.length * 2);
  piece.copy(readBuffer);
  connection.receive(readBuffer, piece.length, false);
  readBuffer.fill(0xaa, 0, piece.length);
}

let readBuffer = Buffer.allocUnsafeSlow(64 << 10);

/** Ends the connection as a lost socket does, and looks whether anything is left of it. */
export async function finish(connection: Http2Connection): Promise<void> {
  connection.disconnected(undefined);
  await new Promise(setImmediate);
  takeAll(connection);
  if (connection.streams.size > 0) throw new Error(`${connection.streams.size} streams are left after the end`);
  const { endError } = connection;
  // What is not ours is a fault in our code that \`receive\` has caught.
  if (endError !== undefined && endError.name !== 'Http2Error' && endError.name !== 'Error') throw endError;
}

async function pause(connection: Http2Connection, output: Buffer[], random: Random): Promise<void> {
  switch (random.of(PAUSES)) {
    case 'none':
      return;
    case 'turn':
      return new Promise((resolve) => setImmediate(resolve));
    case 'write':
      if (!connection.blocked) output.push(takeAll(connection));
      return;
    case 'block':
      connection.outputWritten(true);
      return;
    case 'unblock':
      connection.outputWritten(false);
      return;
  }
}

function assertBounded(connection: Http2Connection, arrived: number): void {
  const { output, headerBlock, recentResets, streams } = connection;
  const held = output.pendingBytes + connection.stats().queuedBytes + (headerBlock?.bytes ?? 0);
  if (held > BASE_BYTES + arrived * BYTES_PER_OCTET) throw new Error(`holds ${held} bytes for ${arrived}`);
  if (recentResets.size > MOST_REMEMBERED) throw new Error(`remembers ${recentResets.size} streams`);
  if (streams.size > arrived / 9 + 100) throw new Error(`${streams.size} streams for ${arrived} bytes`);
}
