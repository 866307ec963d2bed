import type { FieldConfig, FieldTypeConfig } from '../model/index.ts';
import { type Cells, type ColumnInput, type ColumnOptions, cellError } from './column-options.ts';
import { buildNumbers } from './numbers.ts';

/** The words of an enumeration, each with its colour, icon and description at the same index. */
export interface EnumOptions extends ColumnOptions {
  /** By default the words of the cells, in order of first appearance. */
  readonly text?: readonly string[] | undefined;
  readonly color?: readonly string[] | undefined;
  readonly icon?: readonly string[] | undefined;
  readonly description?: readonly string[] | undefined;
}

/**
 * One of a few words: cells are words, or indexes into `text` (or into `config.type.enum.text`). A `Uint16Array` of
 * indexes is used as it is.
 *
 * @throws FrameError `cell_invalid` when a word is not in `text`
 */
export function enumeration(cells: Cells<number | string>, options: EnumOptions = {}): ColumnInput {
  const { text, color, icon, description, config, ...rest } = options;
  const known = text ?? config?.type?.enum?.text;
  const words = new Map((known ?? []).map((word, index) => [word, index]));
  const indexes = hasWords(cells)
    ? Array.from(cells, (cell, row) => indexOf(cell, row, { words, isOpen: known === undefined }))
    : (cells as Cells<number>);
  const input = buildNumbers('enum', indexes, rest);
  const given = { ...(color && { color }), ...(icon && { icon }), ...(description && { description }) };
  if (words.size === 0 && Object.keys(given).length === 0) return { ...input, config };
  return { ...input, config: withWords(config, { ...config?.type?.enum, ...given, text: known ?? [...words.keys()] }) };
}

function hasWords(cells: Cells<number | string>): boolean {
  for (let row = 0; row < cells.length; row++) if (typeof cells[row] === 'string') return true;
  return false;
}

function withWords(config: FieldConfig | undefined, words: NonNullable<FieldTypeConfig['enum']>): FieldConfig {
  return { ...config, type: { ...config?.type, enum: words } };
}

function indexOf(cell: unknown, row: number, { words, isOpen }: { words: Map<string, number>; isOpen: boolean }): number | null {
  if (typeof cell !== 'string') return cell as number | null;
  const index = words.get(cell);
  if (index !== undefined) return index;
  if (!isOpen) throw cellError('enum', row, cell, `one of ${JSON.stringify([...words.keys()]).slice(0, 200)}`);
  words.set(cell, words.size);
  return words.size - 1;
}
