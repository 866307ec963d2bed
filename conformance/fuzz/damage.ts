import type { Random } from './random.ts';

/** What to damage, and with what. */
export interface Samples {
  /** Well-formed inputs; not changed. */
  readonly inputs: readonly Uint8Array[];
  /** Pieces of the format that are put where they do not belong. */
  readonly tokens: readonly Uint8Array[];
}

/** One damaged input: a sample with one to four wounds, or random bytes. */
export function damagedInput({ inputs, tokens }: Samples, random: Random): Uint8Array {
  if (random.below(50) === 0) return randomBytes(random, random.below(400));
  // Not slice(): that of a Buffer is a view on the sample.
  let bytes = new Uint8Array(random.of(inputs));
  for (let wounds = random.of(WOUNDS); wounds > 0; wounds--) bytes = wound(bytes, { inputs, tokens }, random);
  return bytes;
}

/** Mostly one: the second wound seldom gets to be read. */
const WOUNDS = [1, 1, 1, 2, 4];

const WORDS = [0, 1, -1, 4, 8, 0x7fffffff, -0x80000000, 0x10000, 0xffff, 1_000_000_000];

function wound(bytes: Uint8Array<ArrayBuffer>, { inputs, tokens }: Samples, random: Random): Uint8Array<ArrayBuffer> {
  const at = place(bytes, random);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (random.below(16)) {
    case 0:
      return random.below(2) === 0 ? bytes.subarray(0, at) : bytes.subarray(at);
    case 1:
      return splice(bytes, { at, remove: 1 + random.below(16), insert: new Uint8Array(0) });
    case 2:
      return splice(bytes, { at, remove: random.below(3), insert: random.of(tokens) });
    case 3:
      return splice(bytes, { at, remove: random.below(64), insert: piece(random.of(inputs), random) });
    case 4: {
      // In place, so that what follows stays where it was.
      const insert = random.of([piece(random.of(inputs), random), random.of(tokens)]).subarray(0, bytes.length - at);
      return splice(bytes, { at, remove: insert.length, insert });
    }
    case 5:
      if (at + 4 <= bytes.length) view.setInt32(at, random.of(WORDS), true);
      return bytes;
    case 6:
      // What lies at multiples of four are sizes, positions and distances.
      if ((at & ~3) + 4 <= bytes.length) view.setInt32(at & ~3, view.getInt32(at & ~3, true) + random.of([-8, -4, -1, 1, 4, 8]), true);
      return bytes;
    case 7:
    case 8:
      bytes[at] = random.below(256);
      return bytes;
    default:
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
      return bytes;
  }
}

/** Head and tail are hit most: that is where formats keep what they believe. */
function place(bytes: Uint8Array, random: Random): number {
  if (bytes.length === 0) return 0;
  const part = Math.min(bytes.length, 2000);
  const choice = random.next();
  if (choice < 0.3) return random.below(part);
  return choice < 0.6 ? bytes.length - 1 - random.below(part) : random.below(bytes.length);
}

function splice(
  bytes: Uint8Array,
  { at, remove, insert }: { readonly at: number; readonly remove: number; readonly insert: Uint8Array },
): Uint8Array<ArrayBuffer> {
  const rest = bytes.subarray(at + remove);
  const joined = new Uint8Array(at + insert.length + rest.length);
  joined.set(bytes.subarray(0, at));
  joined.set(insert, at);
  joined.set(rest, at + insert.length);
  return joined;
}

/** Some bytes from anywhere in a sample. */
function piece(sample: Uint8Array, random: Random): Uint8Array {
  const from = random.below(sample.length);
  return sample.subarray(from, from + random.below(200));
}

function randomBytes(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.below(256));
}
