import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { HpackDecoder, HpackEncoder, HpackError } from '@backplane/protocol/http2';
import { Random } from './fuzz/random.ts';
import { goProgram, needsGo } from './support/go.ts';

// Our HPACK held against golang.org/x/net's, the one that every genuine host and plugin has.

const CONNECTIONS = 400;
const MAX_LIST_BYTES = 8 << 20;
/** What RFC 7541 sections 4.2 and 5.1 let us refuse, and Go takes: it minds a late size update only when its table holds something. */
const WE_ARE_STRICTER = /^(table size update after a field|integer of more than 28 bits)$/;
/** Of two size updates in a row, which section 4.2 allows, Go takes the second only when the first has emptied the table. */
const GO_IS_STRICTER = /dynamic table size update MUST occur at the beginning/;
const go = await needsGo();

/** One header block of a connection: flat list of fields, as latin1, and the size that the table gets before. */
interface Step {
  readonly table: number | undefined;
  readonly fields: readonly string[];
}

test('what Go encodes we decode: Huffman, tables that are resized and evict, huge and empty values', go, async () => {
  const random = new Random(1);
  // Larger than the default: our decoder is told at its start, as by our SETTINGS.
  const tableLimit = 20_000;
  const connections = Array.from({ length: CONNECTIONS }, () => someSteps(random, tableLimit));
  const tasks = connections.map((steps) => ({
    op: 'encode',
    steps: steps.map(({ table, fields }) => ({ table, fields: fields.map((text, i) => toBase64(sensitive(text, i, random))) })),
  }));
  const answers = await askGo(tasks);
  for (const [i, steps] of connections.entries()) {
    const decoder = new HpackDecoder(tableLimit, MAX_LIST_BYTES);
    for (const [n, { fields }] of steps.entries()) assert.deepEqual(decode(decoder, answers[i]?.blocks?.[n] ?? ''), fields);
  }
});

test('what we encode Go decodes: tables that fill up and are resized, huge and empty values', go, async () => {
  const random = new Random(2);
  const connections = Array.from({ length: CONNECTIONS }, () => someSteps(random, 9000));
  const tasks = connections.map((steps) => {
    const encoder = new HpackEncoder();
    const blocks = steps.map(({ table, fields }) => {
      if (table !== undefined) encoder.setTableLimit(table);
      const target = Buffer.alloc(HpackEncoder.bound(fields));
      return target.toString('base64', 0, encoder.encode(target, 0, fields, random.below(4) > 0));
    });
    return { op: 'decode', table: 4096, blocks };
  });
  const answers = await askGo(tasks);
  for (const [i, steps] of connections.entries()) {
    const { lists, error } = answers[i] as Answer;
    assert.equal(error, undefined);
    assert.deepEqual(
      lists?.map((list) => list.map(fromBase64)),
      steps.map(({ fields }) => fields),
    );
  }
});

test('damaged header blocks: we and Go read the same fields, or both refuse', go, async () => {
  const random = new Random(3);
  const intact = await askGo(
    Array.from({ length: CONNECTIONS }, () => ({
      op: 'encode',
      steps: someSteps(random, 4096).map(({ table, fields }) => ({ table, fields: fields.map(toBase64) })),
    })),
  );
  const connections = intact.flatMap(({ blocks = [] }) => Array.from({ length: 10 }, () => damaged(blocks, random)));
  const answers = await askGo(connections.map((blocks) => ({ op: 'decode', table: 4096, blocks })));
  let refused = 0;
  for (const [i, blocks] of connections.entries()) {
    const { lists, error } = answers[i] as Answer;
    const ours = decodeAll(blocks);
    const theirs = lists?.map((list) => list.map(fromBase64)) ?? [];
    const last = blocks[Math.max(ours.lists.length, theirs.length) - 1]?.slice(0, 200);
    const story = `connection ${i}: Go reads ${theirs.length} of ${blocks.length} blocks (${error}), we ${ours.lists.length} (${ours.error}): ${last}`;
    if (WE_ARE_STRICTER.test(ours.error ?? '')) theirs.length = ours.lists.length;
    if (GO_IS_STRICTER.test(error ?? '')) ours.lists.length = theirs.length;
    assert.equal(ours.lists.length, theirs.length, story);
    assert.ok(isDeepStrictEqual(ours.lists, theirs), story);
    if (error !== undefined) refused++;
  }
  assert.ok(refused > connections.length / 5 && refused < connections.length, `${refused} of ${connections.length} refused`);
});

interface Answer {
  readonly blocks?: readonly string[];
  readonly lists?: readonly (readonly string[])[];
  readonly error?: string;
}

async function askGo(tasks: readonly unknown[]): Promise<Answer[]> {
  const input = tasks.map((task) => `${JSON.stringify(task)}\n`).join('');
  const { stdout, stderr, status } = spawnSync(await goProgram('hpack'), { input, encoding: 'utf8', maxBuffer: 1 << 30 });
  assert.equal(status, 0, stderr);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

const NAMES = [':path', ':status', 'content-type', 'grpc-status', 'x', 'x-a-rather-long-name-of-a-header', 'X-Upper', '', 'n\xff\0'];
const VALUES = ['', '/', '200', 'application/grpc', 'trailers', '0', 'a value that Huffman makes shorter', '\x00\xff\x80'];

/** Up to 30 blocks whose fields recur, so that both tables are in use. */
function someSteps(random: Random, largestTable: number): Step[] {
  return Array.from({ length: 1 + random.below(30) }, () => ({
    table: random.below(6) === 0 ? random.of([0, 31, 64, 200, 4096, random.below(largestTable)]) : undefined,
    fields: Array.from({ length: random.below(12) }, () => [someName(random), someValue(random)]).flat(),
  }));
}

const someName = (random: Random): string => (random.below(5) === 0 ? `x-${random.below(50)}` : random.of(NAMES));

function someValue(random: Random): string {
  const kind = random.below(400);
  if (kind === 0) return someOctets(random, random.below(70_000));
  return kind < 100 ? someOctets(random, random.below(300)) : random.of(VALUES);
}

/** Of all octets, or of those that Huffman coding makes shorter. */
function someOctets(random: Random, length: number): string {
  const span = random.below(2) === 0 ? 256 : 26;
  const octets = Buffer.alloc(length);
  for (let i = 0; i < length; i++) octets[i] = span === 256 ? random.below(256) : 0x61 + random.below(span);
  return octets.toString('latin1');
}

/** A name with "!" asks the oracle not to index the field. */
const sensitive = (text: string, i: number, random: Random): string => (i % 2 === 0 && random.below(10) === 0 ? `!${text}` : text);

/** One block of a connection damaged, in place or by octets that are lost or too many. */
function damaged(blocks: readonly string[], random: Random): string[] {
  const at = random.below(blocks.length);
  return blocks.map((block, i) => {
    if (i !== at) return block;
    const bytes = Buffer.from(block, 'base64');
    const place = random.below(bytes.length + 1);
    const octet = Buffer.of(random.of([0x00, 0x3f, 0x40, 0x7f, 0x80, 0xff, random.below(256)]));
    const removed = random.of([0, 1, 1, 1, 2]);
    return Buffer.concat([bytes.subarray(0, place), octet, bytes.subarray(place + removed)]).toString('base64');
  });
}

function decodeAll(blocks: readonly string[]): { lists: (readonly string[] | undefined)[]; error: string | undefined } {
  const decoder = new HpackDecoder(4096, MAX_LIST_BYTES);
  const lists: (readonly string[] | undefined)[] = [];
  for (const block of blocks) {
    try {
      lists.push(decode(decoder, block));
    } catch (error) {
      assert.ok(error instanceof HpackError, String(error));
      return { lists, error: error.message };
    }
  }
  return { lists, error: undefined };
}

function decode(decoder: HpackDecoder, block: string): readonly string[] | undefined {
  const bytes = Buffer.from(block, 'base64');
  return decoder.decode(bytes, 0, bytes.length);
}

const toBase64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64');
const fromBase64 = (text: string): string => Buffer.from(text, 'base64').toString('latin1');
