import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import * as arrow from 'apache-arrow';
import fc from 'fast-check';
import { float64, frame, utf8 } from '../build/index.ts';
import { assertSameFrame } from '../fixtures/assert-frames.ts';
import { sampleFrame } from '../fixtures/sample-frames.ts';
import { concat, END, messagesOf, pieces, streamOf } from '../fixtures/streams.ts';
import type { Frame } from '../model/index.ts';
import { type ArrowBatchesOptions, decodeArrowBatches, encodeArrow, encodeArrowStream } from './index.ts';

const whole = sampleFrame(30);
const parts = [whole.slice(0, 7), whole.slice(7, 8), whole.slice(8, 30)];
const stream = concat([streamOf(whole, parts), END]);
/** Small, so that it can be cut at every byte. */
const small = frame('s', { v: float64([1, null, 3]), t: utf8(['a', 'ü', null]) });
const smallParts = [small.slice(0, 2), small.slice(2, 3)];
const smallStream = concat([streamOf(small, smallParts), END]);

const readAll = (source: AsyncIterable<Uint8Array>, options?: ArrowBatchesOptions) => Array.fromAsync(decodeArrowBatches(source, options));

async function* inOrder(list: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* list;
}

function assertSameFrames(received: readonly Frame[], sent: readonly Frame[]): void {
  assert.equal(received.length, sent.length);
  for (const [index, one] of received.entries()) assertSameFrame(one, sent[index]);
}

/** What came before the end, and the error it ended with. */
async function readUntilError(source: AsyncIterable<Uint8Array>): Promise<{ frames: Frame[]; error: unknown }> {
  const frames: Frame[] = [];
  try {
    for await (const one of decodeArrowBatches(source)) frames.push(one);
  } catch (error) {
    return { frames, error };
  }
  return { frames, error: undefined };
}

test('every batch of a stream is a frame with the schema of all, however the bytes are cut', async () => {
  for (const size of [1, 3, 8, 1000, stream.length]) assertSameFrames(await readAll(pieces(stream, size)), parts);
  const unmarked = stream.subarray(0, -END.length);
  assertSameFrames(await readAll(pieces(unmarked, 64)), parts);
  assertSameFrames(await readAll(new Response(stream.slice()).body as ReadableStream<Uint8Array>), parts);
});

test('a cut at any byte, with empty pieces around it, changes nothing', async () => {
  const nothing = new Uint8Array(0);
  for (let at = 0; at <= smallStream.length; at++) {
    const cut = [nothing, smallStream.subarray(0, at), nothing, smallStream.subarray(at), nothing];
    assertSameFrames(await readAll(inOrder(cut)), smallParts);
  }
});

test('cuts at random bytes change nothing', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.nat(stream.length), { maxLength: 40 }), async (places) => {
      const cuts = [0, ...places.sort((a, b) => a - b), stream.length];
      assertSameFrames(await readAll(inOrder(cuts.slice(1).map((end, i) => stream.subarray(cuts[i], end)))), parts);
    }),
    { numRuns: 50 },
  );
});

test('a frame is there as soon as the last byte of its batch is, before anything else arrives', async () => {
  const messages = messagesOf(stream);
  const asked: number[] = [];
  async function* oneByOne(): AsyncGenerator<Uint8Array> {
    for (const [index, message] of messages.entries()) {
      asked.push(index);
      yield message;
    }
  }
  const frames = decodeArrowBatches(oneByOne());
  for (const [index, part] of parts.entries()) {
    const { value } = await frames.next();
    assertSameFrame(value as Frame, part);
    assert.deepEqual(asked.length, index + 2);
  }
  assert.equal((await frames.next()).done, true);
});

test('a batch in one piece is not copied', async () => {
  const [schema, ...batches] = messagesOf(stream);
  const received = await readAll(inOrder([schema, ...batches.map((batch) => batch.slice())]));
  for (const { fields } of received)
    assert.ok(fields.every(({ column }) => column.values.length === 0 || column.values.buffer === fields[0].column.values.buffer));
});

test('a stream without batches gives its fields without rows', async () => {
  assertSameFrames(await readAll(pieces(encodeArrowStream(whole.slice(0, 0)), 5)), [whole.slice(0, 0)]);
  assertSameFrames(await readAll(pieces(encodeArrowStream(frame('n', {})), 5)), [frame('n', {})]);
});

test('every truncation gives the batches before it, and then an error unless it lies between two messages', async () => {
  const ends = messagesOf(smallStream).map(({ length }) => length);
  for (const [i] of ends.entries()) if (i > 0) ends[i] += ends[i - 1];
  for (let length = 0; length < smallStream.length; length++) {
    const { frames, error } = await readUntilError(pieces(smallStream.subarray(0, length), 100));
    const complete = ends.findLastIndex((end) => end <= length);
    if (ends.includes(length)) {
      assert.equal(error, undefined);
      assertSameFrames(frames, complete === 0 ? [small.slice(0, 0)] : smallParts.slice(0, complete));
    } else {
      assert.equal((error as { code?: string }).code, 'arrow_truncated', `${length} bytes: ${error}`);
      assertSameFrames(frames, smallParts.slice(0, Math.max(complete, 0)));
    }
  }
});

test('damaged bytes end in a FrameError or in frames that can be read', async () => {
  for (let at = 0; at < smallStream.length; at++)
    for (const word of [0xff, 0x80, 0x01]) {
      const damaged = smallStream.slice();
      damaged[at] ^= word;
      const { frames, error } = await readUntilError(pieces(damaged, 50));
      assert.ok(error === undefined || (error as Error).name === 'FrameError', `${word} at ${at}: ${error}`);
      for (const one of frames)
        for (const field of one.fields)
          try {
            field.toArray();
          } catch (cause) {
            assert.equal((cause as Error).name, 'FrameError', String(cause));
          }
    }
});

test('a message beyond the limit is refused before its bytes are waited for, and the source is let go', async () => {
  let isReleased = false;
  let asked = 0;
  const claim = new Uint8Array(8);
  new DataView(claim.buffer).setUint32(0, 0xffffffff, true);
  new DataView(claim.buffer).setInt32(4, 2 ** 31 - 1, true);
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      yield claim;
      for (;;) {
        asked++;
        yield new Uint8Array(1000);
      }
    } finally {
      isReleased = true;
    }
  }
  await assert.rejects(readAll(endless()), { code: 'arrow_too_large', message: /2147483655 bytes, more than 268435456.*maxMessageBytes/ });
  assert.deepEqual([isReleased, asked], [true, 0]);
  await assert.rejects(readAll(pieces(stream, 100), { maxMessageBytes: 500 }), { code: 'arrow_too_large' });
  await assert.rejects(readAll(pieces(concat([claim.subarray(4), claim]), 3)), { code: 'arrow_too_large' });
});

test('a reader who stops lets the source go, and what follows the end is not read', async () => {
  let isReleased = false;
  async function* source(): AsyncGenerator<Uint8Array> {
    try {
      yield stream;
      assert.fail('read on behind the end');
    } finally {
      isReleased = true;
    }
  }
  for await (const one of decodeArrowBatches(source())) {
    assertSameFrame(one, parts[0]);
    break;
  }
  assert.ok(isReleased);
  isReleased = false;
  assertSameFrames(await readAll(source()), parts);
  assert.ok(isReleased);
});

test('a signal ends the wait for a batch that never comes, and leaves no listener', async () => {
  const controller = new AbortController();
  const [schema, batch] = messagesOf(stream);
  async function* silent(): AsyncGenerator<Uint8Array> {
    yield concat([schema, batch, batch.subarray(0, 100)]);
    controller.abort(new Error('enough'));
    await new Promise(() => {});
  }
  const received: Frame[] = [];
  const reading = async () => {
    for await (const one of decodeArrowBatches(silent(), { signal: controller.signal })) received.push(one);
  };
  await assert.rejects(reading(), { message: 'enough' });
  assert.equal(received.length, 1);
  const quiet = new AbortController();
  for await (const _ of decodeArrowBatches(pieces(stream, 10), { signal: quiet.signal }))
    assert.equal(getEventListeners(quiet.signal, 'abort').length, 0);
});

test('what is no stream is refused as a whole stream is', async () => {
  const [schema, batch] = messagesOf(stream);
  const refused: [bytes: Uint8Array, code: string, message: RegExp][] = [
    [encodeArrow(whole), 'arrow_unsupported', /a file, not a stream.*decodeArrow/],
    [new Uint8Array(0), 'arrow_truncated', /without a schema/],
    [END, 'arrow_truncated', /without a schema/],
    [batch, 'arrow_invalid', /does not start with its schema/],
    [concat([schema, schema]), 'arrow_invalid', /second schema/],
    [Uint8Array.of(1, 2), 'arrow_truncated', /2 bytes where a message starts/],
    [concat([Uint8Array.of(255, 255, 255, 255), Uint8Array.of(255, 255, 255, 255)]), 'arrow_truncated', /message of -1 bytes/],
  ];
  for (const [bytes, code, message] of refused)
    for (const size of [1, 1000]) await assert.rejects(readAll(pieces(bytes, size)), { name: 'FrameError', code, message });
});

test('the batches that apache-arrow writes are read one by one', async () => {
  const table = arrow.tableFromArrays({ n: Float64Array.of(1, 2, 3) });
  const received = await readAll(pieces(arrow.tableToIPC(table.concat(table), 'stream'), 9));
  assert.deepEqual(
    received.map(({ fields }) => fields[0].toArray()),
    [
      [1, 2, 3],
      [1, 2, 3],
    ],
  );
});

test('streams of one schema share its metadata, which cannot be changed', async () => {
  const made = frame('m', { v: float64([1], { config: { unit: 'volt' } }) });
  const [first, second] = [...(await readAll(pieces(encodeArrowStream(made), 7))), ...(await readAll(pieces(encodeArrowStream(made), 9)))];
  assert.equal(first.fields[0].config, second.fields[0].config);
  assert.ok(Object.isFrozen(first.fields[0].config));
});
