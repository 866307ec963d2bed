import { ServerError } from '../errors/index.ts';

/** One key as it stands in a file. */
export interface IniEntry {
  readonly section: string;
  readonly key: string;
  readonly value: string;
  readonly line: number;
}

/**
 * Reads an ini file as Grafana's reader does: `;` and `#` start comments, also behind a value, unless the value is
 * quoted by `"""`, `"`, `'` or backquotes; `"""` may span lines; a backslash at the end of a line joins the next one.
 * Section names keep their dots, keys above the first section belong to `DEFAULT`.
 *
 * @throws ServerError `config_syntax` with file and line
 */
export function parseIni(text: string, file: string): IniEntry[] {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  const entries: IniEntry[] = [];
  let section = 'DEFAULT';
  for (let index = 0; index < lines.length; index++) {
    const line = (lines[index] ?? '').trim();
    if (line === '' || line.startsWith(';') || line.startsWith('#')) continue;
    if (line.startsWith('[')) {
      section = sectionName(line, file, index + 1);
      continue;
    }
    const pair = /^("[^"]*"|[^=:]*?)\s*[=:]\s*(.*)$/s.exec(line);
    if (pair === null || pair[1] === '') throw syntax(file, index + 1, 'neither a section, a comment nor a key with a value');
    const read = readValue(pair[2] ?? '', lines, index, file);
    entries.push({ section, key: (pair[1] ?? '').replace(/^"|"$/g, ''), value: read.value, line: index + 1 });
    index = read.lastIndex;
  }
  return entries;
}

function sectionName(line: string, file: string, at: number): string {
  const name = /^\[([^\]]+)\]/.exec(line)?.[1]?.trim();
  if (name === undefined || name === '') throw syntax(file, at, 'a section name that does not end in ]');
  return name;
}

function readValue(first: string, lines: readonly string[], index: number, file: string): { value: string; lastIndex: number } {
  if (first.startsWith('"""')) return readTriple(first.slice(3), lines, index, file);
  if (first.startsWith('`')) {
    const end = first.indexOf('`', 1);
    if (end < 0) throw syntax(file, index + 1, 'a value whose ` is not closed');
    return { value: first.slice(1, end), lastIndex: index };
  }
  let text = first;
  let last = index;
  while (text.endsWith('\\') && last + 1 < lines.length) text = text.slice(0, -1) + (lines[++last] ?? '').trim();
  return { value: unquote(text), lastIndex: last };
}

function readTriple(first: string, lines: readonly string[], index: number, file: string): { value: string; lastIndex: number } {
  let text = first;
  for (let last = index; ; ) {
    const end = text.indexOf('"""');
    if (end >= 0) return { value: text.slice(0, end), lastIndex: last };
    if (++last >= lines.length) throw syntax(file, index + 1, 'a value whose """ is not closed');
    text += `\n${lines[last]}`;
  }
}

function unquote(text: string): string {
  const quoted = /^(["'])(.*)\1\s*(?:[;#].*)?$/s.exec(text);
  if (quoted !== null && !(quoted[2] ?? '').includes(quoted[1] ?? '')) return quoted[2] ?? '';
  return text.replace(/[;#].*$/s, '').trim();
}

function syntax(file: string, line: number, what: string): ServerError {
  return new ServerError('config_syntax', { file, line, detail: `${file}:${line} has ${what}` });
}
