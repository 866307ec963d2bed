// Arrow files, Arrow streams and frame JSON, fed to @backplane/frames.
import {
  assertIntact,
  decodeArrow,
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
import { type FuzzTarget, readerTarget } from './fuzz.ts';

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
  ];
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
    if (error instanceof FrameError) return `${error.code}: ${error.facts.reason}`;
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
