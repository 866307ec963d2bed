import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Bench, type BenchCase, goPrograms, type Peer, type Ratio, SOURCE_CONDITION, startLinePeer } from '../method/index.ts';
import type { FrameWork } from '../peers/frame-work.ts';

const OURS = fileURLToPath(import.meta.resolve('../peers/our-frames.ts'));
const OUR_STREAM = fileURLToPath(import.meta.resolve('../peers/our-frame-stream.ts'));
const LIBRARY = fileURLToPath(import.meta.resolve('../peers/library-frames.ts'));
/** The corpus of conformance/go/cmd/framebench. */
const SHAPES = ['time+float64', 'time+2-decimal', 'time+int64', 'time+string', '8-mixed'] as const;
const SIZES = [100, 1_000, 100_000, 1_000_000] as const;
/** Beyond this many rows the libraries, at up to a minute an operation, are left out. */
const LIBRARY_ROWS = 100_000;
const LIBRARIES = ['apache-arrow', 'flechette'];
const DURATION_MS = 120;
/** Up to so many rows an operation is repeated uncounted first, on every side: see `framesBench`. */
const WARM_UP = { rows: 1_000, ms: 120 };
/** What a conversion may need beside the Arrow bytes, and how long it may keep the event loop. */
const MEMORY_LIMIT_BYTES = 32e6;
const LOOP_DELAY_LIMIT_US = 15_000;

/**
 * Data frames against the genuine Go SDK and two libraries, on files that the SDK wrote.
 *
 * What is compared is a host that has been running for a while. Each measurement starts with a full garbage collection,
 * so that no side pays for the one before; V8 drops optimised code in it, and compiling that again takes longer than a
 * thousand small operations. So small operations are repeated uncounted before they are counted, in Go just as here.
 *
 * `json` is Arrow to frame JSON: `ours` and `go` decode and write the whole answer, as Grafana does, into memory that is
 * used again. `go-direct` is the SDK's shortcut ArrowBufferToJSON: it writes the frame without the answer around it (less
 * work), into memory of its own each time (more work), and not always valid JSON.
 *
 * `pack` is arrays to Arrow: `ours` builds the frame and writes the file as the SDK sends it, in parts that are the
 * columns themselves; `ours, one file` copies them into one file; `go` marshals a frame that it has already into one file,
 * which its SDK copies again to send it. `ours` counts buffers as heap, as the SDK's `serve` makes a plugin do; `ours, one
 * file` leaves V8 as it is, which collects its whole heap for every 64 MB of buffers.
 *
 * `values` is Arrow to JavaScript values or Go's slices. `stream` is one big conversion with pauses: its p50 and p99 are
 * those of the event loop's delay, its peak is what memory grew by, the file included.
 */
export async function framesBench(): Promise<Bench<FrameWork> & AsyncDisposable> {
  const program = join(await goPrograms(), 'framebench');
  const folder = await mkdtemp(join(tmpdir(), 'backplane-bench-frames-'));
  await promisify(execFile)(program, ['-generate', folder]);
  const node = (file: string, ...args: string[]) =>
    startLinePeer<FrameWork>(process.execPath, ['--expose-gc', SOURCE_CONDITION, file, ...args, folder], (work) => work);
  const go = () => startLinePeer<FrameWork>(program, [folder], (work) => work);
  return {
    name: 'frames',
    cases: [...SIZES.flatMap((rows) => casesOf(rows)), ...SHAPES.map((shape) => streamCase(shape))],
    variants: {
      ours: () => node(OURS),
      go,
      'go-direct': async () => otherwise(await go(), 'direct'),
      'ours, one file': async () => otherwise(await node(OURS), 'pack file'),
      'apache-arrow': () => node(LIBRARY, 'apache-arrow'),
      flechette: () => node(LIBRARY, 'flechette'),
      'ours, streaming': async () => freshPeer(() => node(OUR_STREAM)),
    },
    ratios: [...SIZES.flatMap((rows) => ratiosOf(rows)), ...(await Promise.all(SHAPES.map((shape) => limitsOf(folder, shape)))).flat()],
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

function casesOf(rows: number): BenchCase<FrameWork>[] {
  const libraries = rows <= LIBRARY_ROWS ? LIBRARIES : [];
  return (['json', 'pack', 'values'] as const).flatMap((op) =>
    SHAPES.map((shape) => ({
      name: `${op} ${shape} ${rows}`,
      work: { op, file: `${shape}-${rows}.arrow`, warmUpMs: rows <= WARM_UP.rows ? WARM_UP.ms : 0, durationMs: DURATION_MS },
      variants: ['ours', 'go', ...(op === 'json' ? ['go-direct'] : op === 'pack' ? ['ours, one file'] : []), ...libraries],
    })),
  );
}

function streamCase(shape: string): BenchCase<FrameWork> {
  const rows = Math.max(...SIZES);
  return {
    name: `stream ${shape} ${rows}`,
    work: { op: 'stream', file: `${shape}-${rows}.arrow`, warmUpMs: 0, durationMs: 0 },
    variants: ['ours, streaming'],
  };
}

function ratiosOf(rows: number): Ratio[] {
  const json = SHAPES.map((shape) => `json ${shape} ${rows}`);
  const geomean = (under: string): Ratio => {
    return { name: `json ${rows} geomean cpu: ours / ${under}`, cases: json, metric: 'cpu', over: 'ours', under };
  };
  const single = (op: string, shape: string, over = 'ours'): Ratio => {
    return { name: `${op} ${shape} ${rows} cpu: ${over} / go`, cases: [`${op} ${shape} ${rows}`], metric: 'cpu', over, under: 'go' };
  };
  const libraries = rows <= LIBRARY_ROWS ? LIBRARIES : [];
  return [
    ...['go', 'go-direct', ...libraries].map(geomean),
    ...SHAPES.map((shape) => single('json', shape)),
    ...SHAPES.map((shape) => single('pack', shape)),
    ...SHAPES.map((shape) => single('pack', shape, 'ours, one file')),
    ...SHAPES.map((shape) => single('values', shape)),
  ];
}

async function limitsOf(folder: string, shape: string): Promise<Ratio[]> {
  const { name, work } = streamCase(shape);
  const { size } = await stat(join(folder, work.file));
  const base = { cases: [name], over: 'ours, streaming' };
  return [
    { ...base, name: `${name} peak memory: ours / (arrow + 32 MB)`, metric: 'peakRss', under: size + MEMORY_LIMIT_BYTES },
    { ...base, name: `${name} loop delay p99: ours / 15 ms`, metric: 'p99', under: LOOP_DELAY_LIMIT_US },
  ];
}

/** A peer that does what it is asked for in another way. */
function otherwise(peer: Peer<FrameWork>, op: FrameWork['op']): Peer<FrameWork> {
  return {
    measure: (work) => peer.measure({ ...work, op }),
    [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose](),
  };
}

/** A peer that starts another one for each measurement. */
function freshPeer(start: () => Promise<Peer<FrameWork>>): Peer<FrameWork> {
  return {
    async measure(work) {
      await using peer = await start();
      return await peer.measure(work);
    },
    async [Symbol.asyncDispose]() {},
  };
}
