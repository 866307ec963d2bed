import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CellValue, FieldKind } from '@backplane/frames';
import { conformanceFolder } from './paths.ts';

/** Frames written by the genuine SDK; `npm run golden` writes them anew. */
export const goldenFolder = join(conformanceFolder, 'golden');

/** One frame of the corpus, in the four forms in which Go wrote it. */
export interface GoldenFrame {
  readonly name: string;
  readonly file: Uint8Array;
  readonly stream: Uint8Array;
  /** Frame JSON of `FrameToJSON`. */
  readonly json: string;
  readonly fields: readonly GoldenField[];
}

/** A field as Go reads it from the file. */
export interface GoldenField {
  readonly name: string;
  readonly kind: FieldKind;
  readonly nullable: boolean;
  readonly cells: readonly CellValue[];
}

/** One Arrow file that the SDK does not write itself, with what the SDK makes of it: JSON of a frame, or an error. */
export interface ForeignFile {
  readonly name: string;
  readonly file: Uint8Array;
  readonly stream: Uint8Array;
  readonly verdict: { readonly error?: string; readonly frame?: unknown };
}

/** The corpus. */
export function readGolden(): GoldenFrame[] {
  const suffix = '.values.json';
  const names = readdirSync(goldenFolder).filter((file) => file.endsWith(suffix));
  return names.sort().map((file) => {
    const name = file.slice(0, -suffix.length);
    const listing = JSON.parse(readFileSync(join(goldenFolder, file), 'utf8')) as Listing[];
    return {
      name,
      ...readArrow(goldenFolder, name),
      json: readFileSync(join(goldenFolder, `${name}.json`), 'utf8'),
      fields: listing.map(({ values, ...field }) => ({ ...field, cells: values.map((value) => toCell(field.kind, value)) })),
    };
  });
}

/** Files of other Arrow types, in other layouts. */
export function readForeign(): ForeignFile[] {
  const folder = join(goldenFolder, 'foreign');
  const verdicts = JSON.parse(readFileSync(join(folder, 'verdicts.json'), 'utf8')) as Record<string, ForeignFile['verdict']>;
  return Object.entries(verdicts).map(([name, verdict]) => ({ name, ...readArrow(folder, name), verdict }));
}

interface Listing {
  readonly name: string;
  readonly kind: FieldKind;
  readonly nullable: boolean;
  readonly values: readonly (string | boolean | null)[];
}

function readArrow(folder: string, name: string): { file: Uint8Array; stream: Uint8Array } {
  return { file: readFileSync(join(folder, `${name}.arrow`)), stream: readFileSync(join(folder, `${name}.arrows`)) };
}

/** The cell that our reader should give for what Go has listed. */
function toCell(kind: FieldKind, value: string | boolean | null): CellValue {
  if (value === null || typeof value === 'boolean') return value;
  switch (kind) {
    case 'string':
      return value;
    case 'json':
      return value || null;
    case 'int64':
    case 'uint64':
    case 'time':
      return BigInt(value);
    case 'float32':
      return Math.fround(toNumber(value));
    default:
      return toNumber(value);
  }
}

function toNumber(text: string): number {
  return Number(text.replace(/^([+-])Inf$/, '$1Infinity'));
}
