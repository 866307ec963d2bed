import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LineChannel } from './channel.ts';
import { chat, count, echo, startPair } from './fixtures/echo.ts';
import { type Channel, GrpcCode } from './index.ts';
import { type Line, openLine } from './line.ts';

const LAST_ID = 0x7fffffff;

/** A channel whose line has `left` ids; `attempts` counts what it does about it. */
async function nearTheEnd(address: Channel['address'], { left, fail = 0 }: { left: number; fail?: number }) {
  const state = { attempts: 0, lines: [] as Line[] };
  let channel: LineChannel | undefined;
  const open = async () => {
    const line = await openLine(address, {}, () => void channel?.renew());
    state.lines.push(line);
    return line;
  };
  const line = await open();
  line.connection.nextStreamId = LAST_ID - 2 * (left - 1);
  channel = new LineChannel(address, line, {
    open: () => {
      if (++state.attempts <= fail) return Promise.reject(new Error('not now'));
      return open();
    },
  });
  return { channel, state };
}

const register = (server: Parameters<Parameters<typeof startPair>[0]>[0]) => {
  server.unary(echo, (request) => request);
  server.serverStream(count, async function* () {
    for (;;) yield 'x';
  });
  server.duplex(chat, (requests) => requests);
};

test('a channel whose stream ids run low goes on over a new connection, and the old one ends with its last call', async () => {
  await using pair = await startPair(register);
  const { channel, state } = await nearTheEnd(pair.address, { left: (1 << 19) + 5 });
  await using _ = channel;
  const open = channel.duplex(chat);
  const replies = open[Symbol.asyncIterator]();
  for (let i = 0; (state.lines[1]?.connection.stats().streamsOpened ?? 0) === 0; i++) {
    assert.equal(await channel.unary(echo, String(i)), String(i));
  }
  const [first] = state.lines;
  await open.send('still open');
  assert.deepEqual(await replies.next(), { done: false, value: 'still open' });
  assert.equal(first.connection.ended, false);
  open.closeSend();
  assert.equal((await replies.next()).done, true);
  await first.driver.closed;
  assert.equal(await channel.unary(echo, 'and on'), 'and on');
});

test('when no id is left and connecting fails, calls fail until it succeeds', async () => {
  await using pair = await startPair(register);
  const { channel, state } = await nearTheEnd(pair.address, { left: 1, fail: 1 });
  await using _ = channel;
  assert.equal(await channel.unary(echo, 'the last one'), 'the last one');
  const usedUp = { code: GrpcCode.unavailable, message: 'the stream ids of the connection are used up' };
  await assert.rejects(channel.unary(echo, ''), usedUp);
  await assert.rejects(channel.unary(echo, ''), usedUp);
  while (state.lines.length < 2) await new Promise(setImmediate);
  await state.lines[0].driver.closed;
  assert.equal(await channel.unary(echo, 'again'), 'again');
  assert.equal(state.attempts, 2);
});

test('a channel ends with the line of the moment, and closing it closes all', async () => {
  await using pair = await startPair(register);
  const { channel, state } = await nearTheEnd(pair.address, { left: 100 });
  const replies = channel.duplex(chat)[Symbol.asyncIterator]();
  await channel.renew();
  assert.equal(state.lines.length, 2);
  assert.equal(channel.stats().openStreams, 1);
  state.lines[1].connection.close(new Error('lost'));
  assert.equal((await channel.closed).error?.message, 'lost');
  await assert.rejects(replies.next(), { code: GrpcCode.unavailable });
  const other = await nearTheEnd(pair.address, { left: 100 });
  other.channel.duplex(chat);
  await other.channel.renew();
  await other.channel.close();
  assert.deepEqual(await other.channel.closed, { error: undefined });
  assert.equal(other.channel.stats().openStreams, 0);
  await other.channel.renew();
  assert.equal(other.state.lines.length, 2);
});
