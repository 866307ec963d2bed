import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import {
  bool,
  buildColumn,
  decodeFrameJson,
  FIELD_KINDS,
  type FieldKind,
  type FillMode,
  type Frame,
  FrameError,
  field,
  frame,
  frameToJson,
  longToWide,
  time,
  utf8,
  wideToLong,
} from '@backplane/frames';
import { goProgram, needsGo } from './support/go.ts';

const CASES = 400;
const TEXTS = ['', 'a', 'b', 'é', '<', '\u2028', '"', '😀', '\uffff', 'host 1'];
const VALUE_KINDS = FIELD_KINDS.filter((kind) => kind !== 'string' && kind !== 'bool');

/** Text of a frame as JSON, so that no digit is lost, or what the SDK refused. */
interface Answer {
  readonly frame?: string;
  readonly error?: string;
}

const FRAME_HEAD = '{"frame":';

interface Task {
  readonly op: 'long-to-wide' | 'wide-to-long';
  readonly fill: FillMode;
  readonly frame: Frame;
}

test('series become wide and long as the genuine SDK makes them: names, kinds, labels, order and cells', await needsGo(), async () => {
  const random = createRandom(4);
  const tasks = Array.from({ length: CASES }, (_, i): Task => {
    const fill = (['none', 'null', 'previous', 7] as const)[i % 4] as FillMode;
    return i % 2 === 0 ? { op: 'wide-to-long', fill, frame: wideFrame(random) } : { op: 'long-to-wide', fill, frame: longFrame(random) };
  });
  const answers = await askGo(tasks);
  let converted = 0;
  for (const [index, task] of tasks.entries()) {
    const answer = answers[index] as Answer;
    const ours = attempt(task);
    const what = `case ${index}, ${task.op}, fill ${task.fill}: ${frameToJson(task.frame)}`;
    if (ours instanceof FrameError || answer.frame === undefined) {
      assert.equal(ours instanceof FrameError ? EXPECTED_ERRORS[ours.code] : 'converted', answer.error, what);
      continue;
    }
    converted++;
    assert.deepEqual(shapeOf(ours), shapeOf(decodeFrameJson(answer.frame)), what);
  }
  assert.ok(converted > CASES / 2, `${converted} of ${CASES} cases were converted`);
});

/** What the SDK says where we have a code. */
const EXPECTED_ERRORS: Readonly<Record<string, string>> = {
  series_unsorted:
    'unable to process the data because it is not sorted in ascending order by time, please updated your query to sort the data by time if possible',
  series_time_null: 'unable to process the data to wide series because input has null time values, make sure all time values are not null',
};

function attempt({ op, fill, frame: source }: Task): Frame | FrameError {
  try {
    return op === 'long-to-wide' ? longToWide(source, { fill }) : wideToLong(source);
  } catch (error) {
    if (error instanceof FrameError) return error;
    throw error;
  }
}

/** What both sides have to agree on; config and refId are kept by us alone. */
function shapeOf(converted: Frame): unknown {
  return {
    type: converted.meta?.type,
    name: converted.name,
    fields: converted.fields.map((part) => ({
      name: part.name,
      kind: part.kind,
      nullable: part.nullable,
      labels: part.labels ?? {},
      cells: part.toArray(),
    })),
  };
}

async function askGo(tasks: readonly Task[]): Promise<readonly Answer[]> {
  const lines = tasks.map(({ op, fill, frame: source }) => {
    const head = JSON.stringify(typeof fill === 'number' ? { op, fill: 'value', value: fill } : { op, fill });
    return `${head.slice(0, -1)},"frame":${frameToJson(source)}}\n`;
  });
  const { stdout, stderr, status } = spawnSync(await goProgram('reshape'), { input: lines.join(''), encoding: 'utf8', maxBuffer: 1 << 28 });
  assert.equal(status, 0, stderr);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => (line.startsWith(FRAME_HEAD) ? { frame: line.slice(FRAME_HEAD.length, -1) } : { error: JSON.parse(line).error }));
}

/** A frame in ascending times, sometimes with one that is out of order or null. */
function longFrame(random: () => number): Frame {
  const rows = 1 + Math.floor(random() * 20);
  const millis: (number | null)[] = Array.from({ length: rows }, (_, row) => Math.floor(row * random() + row));
  millis.sort((a, b) => Number(a) - Number(b));
  const spoilt = random();
  if (spoilt < 0.1) millis[Math.floor(random() * rows)] = null;
  else if (spoilt < 0.2) millis.reverse();
  const factors = Array.from({ length: 1 + Math.floor(random() * 3) }, (_, i) => {
    const name = `factor ${TEXTS[i + 1]}`;
    if (random() < 0.3) return field(name, bool(fill(rows, () => orNull(random, random() < 0.5))));
    return field(name, utf8(fill(rows, () => orNull(random, pick(random, TEXTS)))));
  });
  const values = Array.from({ length: 1 + Math.floor(random() * 3) }, (_, i) => {
    const kind = pick(random, VALUE_KINDS);
    // A gap in times that cannot be null is the year 1 in Go, which no frame can hold.
    const nullable = kind === 'time' || random() < 0.5;
    return field(`value ${TEXTS[i + 3]}`, randomColumn(kind, rows, { nullable, random }));
  });
  const index = field('Time', time.fromMillis(millis, { nullable: random() < 0.5 || millis.includes(null) }));
  // The first time is the index, so that other times come behind it.
  const times = values.filter(({ kind }) => kind === 'time');
  const others = values.filter(({ kind }) => kind !== 'time');
  return frame('long', [...shuffle([index, ...factors, ...others], random), ...times]);
}

/** Every label set has every name, or the columns are nullable: what a gap is then is ours to choose. */
function wideFrame(random: () => number): Frame {
  const rows = 1 + Math.floor(random() * 8);
  const names = TEXTS.slice(0, 1 + Math.floor(random() * 3)).map((text) => `value ${text}`);
  const kinds = names.map(() => ({ kind: pick(random, VALUE_KINDS), nullable: random() < 0.5 }));
  const keys = new Map<string, Record<string, string>>();
  for (let i = 0; i < 1 + random() * 5; i++) {
    const labels = Object.fromEntries(TEXTS.slice(1, 1 + Math.floor(random() * 4)).map((text) => [text, pick(random, TEXTS)]));
    keys.set(JSON.stringify(labels), labels);
  }
  const values = [...keys.values()].flatMap((labels) =>
    names.flatMap((name, i) => {
      const { kind, nullable } = kinds[i] as (typeof kinds)[0];
      if (nullable && keys.size > 1 && random() < 0.3 && i > 0) return [];
      return [field(name, { ...randomColumn(kind, rows, { nullable, random }), labels })];
    }),
  );
  const index = field('Time', time.fromMillis(Array.from({ length: rows }, (_, row) => row * 1000)));
  return frame('wide', [index, ...shuffle(values, random)]);
}

function randomColumn(kind: FieldKind, rows: number, { nullable, random }: { nullable: boolean; random: () => number }) {
  const cells = fill(rows, () => (nullable ? orNull(random, randomCell(kind, random)) : randomCell(kind, random)));
  return buildColumn(kind, cells, { nullable });
}

function randomCell(kind: FieldKind, random: () => number): unknown {
  if (kind === 'json') return pick(random, ['{"a":1}', '[1]', '"x"', '0']);
  if (kind === 'time') return BigInt(Math.floor(random() * 1e15)) * 1000n + 1n;
  if (kind === 'int64') return -(2n ** 63n) + BigInt(Math.floor(random() * 1e9));
  if (kind === 'uint64') return 2n ** 64n - 1n - BigInt(Math.floor(random() * 1e9));
  if (kind.startsWith('float'))
    return pick(random, [Math.fround(random()), Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
  return Math.floor(random() * 128);
}

function orNull<T>(random: () => number, value: T): T | null {
  return random() < 0.2 ? null : value;
}

function pick<T>(random: () => number, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)] as T;
}

function fill<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make);
}

function shuffle<T>(list: readonly T[], random: () => number): T[] {
  return list
    .map((item) => [random(), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);
}

/** Numbers in [0, 1), the same for the same seed. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}
