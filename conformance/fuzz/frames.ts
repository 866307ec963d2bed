// Arrow files, Arrow streams and frame JSON, fed to @backplane/frames.
import {
  assertIntact,
  decodeArrow,
  decodeArrowBatches,
  decodeArrowStream,
  decodeFrameJson,
  encodeArrow,
  encodeArrowStream,
  type Frame,
  FrameError,
  formatFrameTable,
  frameToJson,
} from '@backplane/frames';
import { readForeign, readGolden } from '../support/golden.ts';
import { damagedInput, type Samples } from './damage.ts';
import { type FuzzTarget, readerTarget } from './fuzz.ts';
import type { Random } from './random.ts';

/** Frames of the corpus beyond this size cost time and find nothing more. */
const MAX_SAMPLE_BYTES = 30_000;

/** Arrow files and streams. */
export function arrowTargets(): FuzzTarget[] {
  const samples = [...readGolden(), ...readForeign()].filter(({ file }) => file.length <= MAX_SAMPLE_BYTES);
  const tokens = ['ARROW1', '\xff\xff\xff\xff\0\0\0\0', '\0\0\0\0', '{"a":', 'config', 'labels', 'enum'].map((text) =>
    Buffer.from(text, 'latin1'),
  );
  return [
    readerTarget({ name: 'Arrow file', inputs: samples.map(({ file }) => file), tokens, read: (input) => tryReading(input, decodeArrow) }),
    readerTarget({
      name: 'Arrow stream',
      inputs: samples.map(({ stream }) => stream),
      tokens,
      read: (input) => tryReading(input, decodeArrowStream),
    }),
    batchTarget({ inputs: samples.map(({ stream }) => stream), tokens }),
  ];
}

/**
 * A reader of batches gets the stream in random pieces. What it takes is what the reader of the whole takes; it may refuse
 * more, since metadata that leads out of its message leads nowhere for it.
 */
function batchTarget(samples: Samples): FuzzTarget {
  const run = async (random: Random): Promise<string | undefined> => {
    const input = damagedInput(samples, random);
    const whole = await refusalOf(async () => intactLength(decodeArrowStream(input)));
    const inBatches = await refusalOf(async () => {
      let rows = 0;
      for await (const frame of decodeArrowBatches(cutAnywhere(input, random))) rows += intactLength(frame);
      return rows;
    });
    if (inBatches.refusal === undefined && inBatches.rows !== whole.rows)
      throw new Error(`${inBatches.rows} rows in batches, ${whole.refusal ?? `${whole.rows} rows`} as a whole`);
    return inBatches.refusal;
  };
  return { name: 'Arrow batches', run };
}

async function* cutAnywhere(input: Uint8Array, random: Random): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < input.length; ) {
    const end = Math.min(input.length, at + random.below(1 + random.of([8, 400, input.length])));
    yield input.subarray(at, end);
    at = end;
  }
}

function intactLength(frame: Frame): number {
  assertIntact(frame);
  return frame.length;
}

async function refusalOf(read: () => Promise<number>): Promise<{ readonly rows?: number; readonly refusal?: string }> {
  try {
    return { rows: await read() };
  } catch (error) {
    if (error instanceof FrameError) return { refusal: describeRefusal(error) };
    throw error;
  }
}

function describeRefusal({ code, facts }: FrameError): string {
  return `${code}: ${facts.reason}`;
}

/** Frame JSON. */
export function jsonTargets(): FuzzTarget[] {
  const inputs = readGolden()
    .map(({ json }) => Buffer.from(json))
    .filter(({ length }) => length <= MAX_SAMPLE_BYTES);
  const tokens = JSON_TOKENS.map((text) => Buffer.from(text));
  return [readerTarget({ name: 'frame JSON', inputs, tokens, read: (input) => tryReading(input, decodeFrameJson) })];
}

const JSON_TOKENS = [
  ...['"', '\\', '[', ']', '{', '}', ',', ':', '-', '.', 'e5', '0', ' ', '\n', '\0', 'é'],
  ...['null', 'true', '1e400', '-0', '9007199254740993', '18446744073709551616', '"\\ud800"', '"__proto__":{},', '"NaN"'],
  ...['"nanos":[[1,2],null],', '"entities":[{"NaN":[0,9]}],', '"values":[],', '"schema":{},', '"data":{},', '"nullable":true,'],
  ...['['.repeat(20_000), '{"a":'.repeat(5_000), '9'.repeat(500)],
];

/**
 * An input may be refused, by reading or by the check of its text; a frame that passes both has to be usable: it is shown,
 * read cell by cell, and comes back from all three forms as the same frame.
 */
function tryReading(input: Uint8Array, decode: (bytes: Uint8Array) => Frame): string | undefined {
  const before = Buffer.from(input);
  let frame: Frame;
  try {
    frame = decode(input);
    assertIntact(frame);
  } catch (error) {
    if (error instanceof FrameError) return describeRefusal(error);
    throw error;
  }
  for (const field of frame.fields) if (field.toArray().length !== frame.length) throw new Error(`field ${field.name} has other rows`);
  formatFrameTable(frame, { maxRows: 3 });
  const json = frameToJson(frame);
  JSON.parse(json);
  const again = {
    file: decodeArrow(encodeArrow(frame)),
    stream: decodeArrowStream(encodeArrowStream(frame)),
    json: decodeFrameJson(json),
  };
  for (const [form, copy] of Object.entries(again))
    if (withoutSpace(frameToJson(copy)) !== withoutSpace(json))
      throw new Error(`the frame comes back from ${form} as another: ${frameToJson(copy)} instead of ${json}`);
  if (Buffer.compare(before, input) !== 0) throw new Error('reading has changed its input');
  return undefined;
}

/** Space around the raw JSON of a cell does not come back from frame JSON. */
function withoutSpace(json: string): string {
  return json.replace(/("(?:[^"\\]|\\.)*")|\s+/g, '$1');
}
