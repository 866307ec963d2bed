import { parseAst } from 'rolldown/parseAst';

/** A part of a program, as ESTree has it. */
export type Node = { readonly type: string; readonly start: number; readonly end: number } & Readonly<Record<string, unknown>>;

/** A piece of text that takes the place of another. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Shows every node of a module, from the outside in. */
export function visitModule(code: string, see: (node: Node) => void, lang: 'js' | 'ts' = 'js'): void {
  visit(parseAst(code, { lang }) as unknown as Node, see);
}

/** The text with its edits, which do not overlap. */
export function applyEdits(code: string, edits: readonly Edit[]): string {
  let [text, at] = ['', 0];
  for (const edit of [...edits].sort((a, b) => a.start - b.start)) {
    text += code.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return text + code.slice(at);
}

/** The text of a literal string, also of one in backticks, as minifiers write them; undefined for anything else. */
export function stringOf(node: Node): string | undefined {
  if (node.type === 'Literal') return typeof node.value === 'string' ? node.value : undefined;
  if (node.type !== 'TemplateLiteral') return undefined;
  const [only, ...more] = node.quasis as readonly { readonly value: { readonly cooked: string } }[];
  return more.length === 0 ? only?.value.cooked : undefined;
}

function visit(node: Node, see: (node: Node) => void): void {
  see(node);
  for (const value of Object.values(node)) {
    if (Array.isArray(value)) for (const item of value) visitValue(item, see);
    else visitValue(value, see);
  }
}

function visitValue(value: unknown, see: (node: Node) => void): void {
  if (typeof value === 'object' && value !== null && typeof (value as Node).type === 'string') visit(value as Node, see);
}
