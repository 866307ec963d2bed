/** A part of a template. */
export type TemplateNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'print'; readonly pipe: Pipe }
  | {
      readonly kind: 'if' | 'with';
      readonly pipe: Pipe;
      readonly then: readonly TemplateNode[];
      readonly otherwise: readonly TemplateNode[];
    };

/** Commands between bars: the result of each is the last argument of the next. */
export type Pipe = readonly Command[];
/** A function or value with its arguments. */
export type Command = readonly Operand[];

export type Operand =
  | { readonly kind: 'field'; readonly of: Operand | 'dot' | 'root'; readonly path: readonly string[] }
  | { readonly kind: 'constant'; readonly value: string | number | boolean | null }
  | { readonly kind: 'function'; readonly name: string }
  | { readonly kind: 'pipe'; readonly pipe: Pipe };

/** A template that cannot be read or filled in. The message never holds values. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

/**
 * Reads the part of Go's `text/template` that routes in plugin.json use: fields, constants, pipes, functions, `if` and
 * `with`. Anything else is refused by name.
 *
 * @throws TemplateError
 */
export function parseTemplate(text: string): readonly TemplateNode[] {
  const pieces = split(text);
  const nodes = readBlock(pieces, []);
  if (pieces.length > 0) throw new TemplateError(`unexpected {{${pieces[0]?.action}}}`);
  return nodes;
}

type Piece = { readonly text: string; readonly action?: undefined } | { readonly action: string; readonly text?: undefined };

/** Text and actions in turn; `{{-` and `-}}` take the blanks beside them away. */
function split(template: string): Piece[] {
  const pieces: Piece[] = [];
  const pattern = /\{\{(- )?((?:"(?:[^"\\]|\\.)*"|`[^`]*`|(?!\}\}|["`])[\s\S])*?)( -)?\}\}/g;
  let from = 0;
  let trims = false;
  for (const found of template.matchAll(pattern)) {
    const before = template.slice(from, found.index);
    const left = trims ? before.trimStart() : before;
    pieces.push({ text: found[1] === undefined ? left : left.trimEnd() });
    const action = (found[2] ?? '').trim();
    if (!action.startsWith('/*')) pieces.push({ action });
    trims = found[3] !== undefined;
    from = found.index + found[0].length;
  }
  const rest = template.slice(from);
  if (rest.includes('{{')) throw new TemplateError('an action is not closed');
  pieces.push({ text: trims ? rest.trimStart() : rest });
  return pieces.filter(({ text }) => text !== '');
}

/** Takes pieces up to one of the words, which is left. */
function readBlock(pieces: Piece[], until: readonly string[]): TemplateNode[] {
  const nodes: TemplateNode[] = [];
  for (let piece = pieces[0]; piece !== undefined; piece = pieces[0]) {
    if (piece.action === undefined) nodes.push({ kind: 'text', text: piece.text });
    else {
      const word = /^[a-z]+/.exec(piece.action)?.[0] ?? '';
      if (until.includes(word)) return nodes;
      if (word === 'if' || word === 'with') {
        pieces.shift();
        nodes.push(readBranch(word, piece.action.slice(word.length), pieces));
        continue;
      }
      if (['end', 'else', 'range', 'define', 'template', 'block', 'break', 'continue'].includes(word))
        throw new TemplateError(`{{${word}}} is not understood here`);
      nodes.push({ kind: 'print', pipe: parsePipe(piece.action) });
    }
    pieces.shift();
  }
  if (until.length > 0) throw new TemplateError('a block has no {{end}}');
  return nodes;
}

function readBranch(kind: 'if' | 'with', condition: string, pieces: Piece[]): TemplateNode {
  const pipe = parsePipe(condition);
  const then = readBlock(pieces, ['else', 'end']);
  const stop = pieces.shift()?.action ?? '';
  if (stop === 'end') return { kind, pipe, then, otherwise: [] };
  const chained = /^else (if|with)\b(.*)$/s.exec(stop);
  if (chained !== null) return { kind, pipe, then, otherwise: [readBranch(chained[1] as 'if' | 'with', chained[2] ?? '', pieces)] };
  const otherwise = readBlock(pieces, ['end']);
  pieces.shift();
  return { kind, pipe, then, otherwise };
}

const tokenPattern =
  /\s*(?:("(?:[^"\\]|\\.)*")|`([^`]*)`|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])|(\$?(?:\.[\p{L}_][\p{L}\d_]*)+|\$|\.)|([\p{L}_][\p{L}\d_]*)|([|()]))/uy;

function parsePipe(text: string): Pipe {
  const tokens: string[] = [];
  tokenPattern.lastIndex = 0;
  while (tokenPattern.lastIndex < text.trimEnd().length) {
    const at = tokenPattern.lastIndex;
    const found = tokenPattern.exec(text);
    if (found === null) throw new TemplateError(`{{${text.trim()}}} is not understood from "${text.slice(at).trim().slice(0, 20)}" on`);
    tokens.push(found[0].trim());
  }
  const pipe = readPipe(tokens);
  if (tokens.length > 0) throw new TemplateError(`{{${text.trim()}}} has a bracket too many`);
  return pipe;
}

function readPipe(tokens: string[]): Pipe {
  const commands: Operand[][] = [[]];
  while (tokens.length > 0 && tokens[0] !== ')') {
    const token = tokens.shift() as string;
    if (token === '|') commands.push([]);
    else commands.at(-1)?.push(readOperand(token, tokens));
  }
  if (commands.some((command) => command.length === 0)) throw new TemplateError('an action has no value');
  return commands;
}

function readOperand(token: string, tokens: string[]): Operand {
  if (token === '(') {
    const pipe = readPipe(tokens);
    if (tokens.shift() !== ')') throw new TemplateError('a bracket is not closed');
    const inner: Operand = { kind: 'pipe', pipe };
    return tokens[0]?.startsWith('.') && tokens[0].length > 1
      ? { kind: 'field', of: inner, path: pathOf(tokens.shift() as string) }
      : inner;
  }
  if (token.startsWith('.')) return { kind: 'field', of: 'dot', path: pathOf(token) };
  if (token.startsWith('$')) return { kind: 'field', of: 'root', path: pathOf(token.slice(1)) };
  if (token.startsWith('`')) return { kind: 'constant', value: token.slice(1, -1) };
  if (token.startsWith('"')) return { kind: 'constant', value: unquote(token) };
  if (token === 'true' || token === 'false') return { kind: 'constant', value: token === 'true' };
  if (token === 'nil') return { kind: 'constant', value: null };
  if (/^[-\d]/.test(token)) return { kind: 'constant', value: Number(token) };
  return { kind: 'function', name: token };
}

function pathOf(dotted: string): string[] {
  return dotted.split('.').filter((part) => part !== '');
}

function unquote(literal: string): string {
  try {
    return JSON.parse(literal) as string;
  } catch (cause) {
    throw new TemplateError('a text has an escape that is not understood', { cause });
  }
}
