import { type CellValue, type Field, type Frame, floorToMillis } from '../model/index.ts';

/** Limits of a printed table. */
export interface TableOptions {
  /** Rows printed at most; the rest is counted. */
  readonly maxRows?: number | undefined;
  /** Characters per line at most; longer lines end in an ellipsis. */
  readonly maxWidth?: number | undefined;
}

const MAX_CELL = 60;
const GAP = '  ';

/**
 * Draws a frame as a table for terminals: a line on the frame, names with labels, kinds, then the rows.
 *
 * Control characters are shown as escapes, so that data cannot move the cursor. Numbers are flushed right.
 */
export function formatFrameTable(frame: Frame, { maxRows = 20, maxWidth = 120 }: TableOptions = {}): string {
  const rows = Math.min(frame.length, maxRows);
  const columns = frame.fields.map((field) => [heading(field), kindText(field), ...cellTexts(field, rows)]);
  const widths = columns.map((cells) => Math.max(...cells.map(lengthOf)));
  const lines = [title(frame)];
  for (let line = 0; frame.fields.length > 0 && line < rows + 2; line++) {
    const cells = columns.map((texts, i) => align(texts[line], widths[i], isNumeric(frame.fields[i])));
    lines.push(cells.join(GAP).trimEnd());
    if (line === 1) lines.push(widths.map((width) => '-'.repeat(width)).join(GAP));
  }
  if (frame.length > rows) lines.push(`… ${frame.length - rows} more rows`);
  for (const notice of frame.meta?.notices ?? []) lines.push(`${notice.severity}: ${printable(notice.text)}`);
  return `${lines.map((line) => cut(line, maxWidth)).join('\n')}\n`;
}

function title({ name, refId, meta, fields, length }: Frame): string {
  const facts = [refId && `refId ${refId}`, meta?.type, `${fields.length} fields`, `${length} rows`].filter(Boolean).join(', ');
  return printable(`${name || '(no name)'}: ${facts}`);
}

function heading({ name, labels }: Field): string {
  const pairs = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return cut(printable(pairs.length === 0 ? name : `${name}{${pairs.sort().join(', ')}}`), MAX_CELL);
}

function kindText({ kind, nullable }: Field): string {
  return nullable ? `${kind}?` : kind;
}

function cellTexts(field: Field, rows: number): string[] {
  return Array.from({ length: rows }, (_, row) => cut(printable(formatCell(field, field.get(row) ?? null)), MAX_CELL));
}

function formatCell(field: Field, cell: CellValue): string {
  if (cell === null) return 'null';
  if (field.kind === 'time') return formatTime(cell as bigint);
  if (field.kind === 'enum') return field.config?.type?.enum?.text[cell as number] ?? String(cell);
  return Object.is(cell, -0) ? '-0' : String(cell);
}

/** ISO 8601 in UTC, with nanoseconds where there are any. */
function formatTime(nanos: bigint): string {
  const millis = floorToMillis(nanos);
  const text = new Date(millis).toISOString();
  const rest = nanos - BigInt(millis) * 1_000_000n;
  return rest === 0n ? text : `${text.slice(0, -1)}${String(rest).padStart(6, '0')}Z`;
}

function isNumeric({ kind }: Field): boolean {
  return kind.startsWith('int') || kind.startsWith('uint') || kind.startsWith('float');
}

function align(text: string, width: number, right: boolean): string {
  const padding = ' '.repeat(width - lengthOf(text));
  return right ? padding + text : text + padding;
}

/** Control and format characters as `\u` escapes. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code === 10 ? '\\n' : code === 9 ? '\\t' : `\\u{${code.toString(16)}}`;
  });
}

function lengthOf(text: string): number {
  return [...text].length;
}

function cut(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`;
}
