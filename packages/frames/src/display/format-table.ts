import { type Field, type Frame, isVariableKind } from '../model/index.ts';
import type { DateOptions } from './dates.ts';
import { createCellFormatter, formatFieldName } from './format-cell.ts';
import { cut, pad, printable, widthOf } from './printable.ts';

/** Limits of a printed table. */
export interface TableOptions extends DateOptions {
  /** Rows printed at most; the rest is counted. */
  readonly maxRows?: number | undefined;
  /** Columns of the terminal per line at most; longer lines end in an ellipsis. */
  readonly maxWidth?: number | undefined;
}

const MAX_CELL = 60;
const GAP = '  ';

/**
 * Draws a frame as a table for terminals: a line on the frame, names with labels, kinds, then the rows.
 *
 * Cells are formatted as `createCellFormatter` does, with null as `null`. Control characters are shown as escapes, so
 * that data cannot move the cursor. Numbers are flushed right; wide characters take two columns.
 */
export function formatFrameTable(frame: Frame, { maxRows = 20, maxWidth = 120, ...dates }: TableOptions = {}): string {
  const rows = Math.min(frame.length, Math.max(0, maxRows));
  const columns = frame.fields.map((field) => {
    const format = createCellFormatter(field, { ...dates, nullText: 'null' });
    const cells = Array.from({ length: rows }, (_, row) => cut(printable(format(row)), MAX_CELL));
    return [cut(printable(formatFieldName(field)), MAX_CELL), kindText(field), ...cells];
  });
  const widths = columns.map((cells) => cells.reduce((widest, cell) => Math.max(widest, widthOf(cell)), 0));
  const lines = [title(frame)];
  for (let line = 0; frame.fields.length > 0 && line < rows + 2; line++) {
    const cells = columns.map((texts, i) => pad(texts[line], widths[i], isFlushRight(frame.fields[i])));
    lines.push(cells.join(GAP).trimEnd());
    if (line === 1) lines.push(widths.map((width) => '-'.repeat(width)).join(GAP));
  }
  if (frame.length > rows) lines.push(`… ${frame.length - rows} more rows`);
  for (const notice of frame.meta?.notices ?? []) lines.push(printable(`${notice?.severity}: ${notice?.text}`));
  return `${lines.map((line) => cut(line, maxWidth)).join('\n')}\n`;
}

function title({ name, refId, meta, fields, length }: Frame): string {
  const facts = [refId && `refId ${refId}`, meta?.type, `${fields.length} fields`, `${length} rows`].filter(Boolean).join(', ');
  return printable(`${name || '(no name)'}: ${facts}`);
}

function kindText({ kind, nullable }: Field): string {
  return nullable ? `${kind}?` : kind;
}

function isFlushRight({ kind }: Field): boolean {
  return !isVariableKind(kind) && kind !== 'bool' && kind !== 'time' && kind !== 'enum';
}
