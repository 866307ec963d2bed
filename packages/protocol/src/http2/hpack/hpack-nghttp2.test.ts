import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { connect, performServerHandshake } from 'node:http2';
import { type Duplex, duplexPair } from 'node:stream';
import { test } from 'node:test';
import fc from 'fast-check';
import { Http2Connection } from '../connection.ts';
import { RecordingStream } from '../fixtures/scripted-peer.ts';
import { HeaderTemplate } from '../header-template.ts';
import type { HeaderFields } from './index.ts';

// node:http2 is nghttp2: a second HPACK that is not ours, on whole connections without sockets.

/** Moves bytes between a connection of ours and one end of a pair of streams. */
function drive(connection: Http2Connection, duplex: Duplex): void {
  const flush = () => {
    for (const chunk of connection.takeOutput()) duplex.write(Buffer.from(chunk));
    connection.outputWritten(false);
  };
  connection.port = { wake: () => process.nextTick(flush), flush, end: () => duplex.end() };
  duplex.on('data', (bytes: Buffer) => connection.receive(bytes, bytes.length, true));
  connection.wake();
}

/** A stream of a server that tells of its request. */
class ArrivingStream extends RecordingStream {
  readonly #arrivals: EventEmitter;

  constructor(connection: Http2Connection, id: number, arrivals: EventEmitter) {
    super(connection, id, []);
    this.#arrivals = arrivals;
  }

  override onHeaders(fields: HeaderFields | undefined): void {
    this.#arrivals.emit('head', this, fields);
  }
}

const PSEUDO = [':method', 'POST', ':scheme', 'http', ':path', '/a.B/C', ':authority', 'localhost'];

const name = fc.oneof(
  fc.constantFrom('x-one', 'x-two', 'grpc-timeout', 'user-agent', 'accept'),
  fc.stringMatching(/^x-[a-z0-9_.-]{1,40}$/),
);
const character = fc
  .oneof(fc.integer({ min: 0x21, max: 0x7e }), fc.integer({ min: 0x80, max: 0xff }))
  .map((code) => String.fromCharCode(code));
const value = fc.oneof(
  { weight: 20, arbitrary: fc.string({ unit: character, maxLength: 200 }) },
  { weight: 10, arbitrary: fc.constantFrom('', '0', 'trailers', 'gzip, deflate', 'application/grpc') },
  { weight: 1, arbitrary: fc.tuple(character, fc.integer({ min: 1000, max: 60_000 })).map(([text, times]) => text.repeat(times)) },
);
/** nghttp2 takes eight CONTINUATION frames of a block, so that two sets must fit nine frames of 16 KB. */
const LARGEST_SET = 64_000;
const fieldSet = fc
  .uniqueArray(fc.tuple(name, value), { maxLength: 10, selector: ([key]) => key })
  .map((pairs) => pairs.flat())
  .filter((fields) => fields.join('').length <= LARGEST_SET);

const sets = fc.array(fieldSet, { minLength: 1, maxLength: 40 });

test('nghttp2 encodes, we decode: any header sets, over evictions from its table', async () => {
  await fc.assert(
    fc.asyncProperty(sets, async (chosen) => {
      const [near, far] = duplexPair();
      const arrivals = new EventEmitter();
      const ok = new HeaderTemplate([':status', '200']);
      const connection: Http2Connection = new Http2Connection('server', {
        createStream: (id) => new ArrivingStream(connection, id, arrivals),
        onClosed: () => undefined,
      });
      drive(connection, far);
      const session = connect('http://localhost', { createConnection: () => near, maxSendHeaderBlockLength: 1 << 20 });
      await once(session, 'remoteSettings');
      for (const set of chosen) {
        const arrival = once(arrivals, 'head');
        const request = session.request([...PSEUDO, ...set], { endStream: true });
        const [stream, fields] = await arrival;
        assert.deepEqual(fields, [...PSEUDO, ...set]);
        connection.sendHead(stream, ok, undefined, true);
        await once(request.resume(), 'close');
      }
      session.destroy();
    }),
    { numRuns: 30 },
  );
});

test('we encode, nghttp2 decodes: any header sets, over any changes of the table size that it allows', async () => {
  const step = fc.record({
    lasting: fieldSet,
    extra: fc.option(fieldSet, { nil: undefined }),
    tableBytes: fc.option(fc.constantFrom(0, 31, 64, 200, 1000, 4096, 65_536), { nil: undefined, freq: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
      const [near, far] = duplexPair();
      const session = performServerHandshake(far, { settings: { maxHeaderListSize: 1 << 20 } });
      const connection = new Http2Connection('client', { onClosed: () => undefined });
      drive(connection, near);
      await once(session, 'remoteSettings');
      for (const { lasting, extra, tableBytes } of steps) {
        if (tableBytes !== undefined)
          await new Promise<void>((resolve) => session.settings({ headerTableSize: tableBytes }, () => resolve()));
        const stream = new RecordingStream(connection, 0, []);
        connection.open(stream, new HeaderTemplate([...PSEUDO, ...lasting]), extra);
        connection.end(stream, 'data');
        const [request, , , raw] = await once(session, 'stream');
        assert.deepEqual(raw, [...PSEUDO, ...lasting, ...(extra ?? [])]);
        request.respond([':status', '200'], { endStream: true });
      }
      session.destroy();
    }),
    { numRuns: 30 },
  );
});
