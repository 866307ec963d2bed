import { parseAst } from 'rolldown/parseAst';

type Node = { readonly type: string; readonly start: number; readonly end: number } & Readonly<Record<string, unknown>>;
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** An import that the bundle would need at run time and that no Node brings along. */
export class ForeignImportError extends Error {
  override readonly name = 'ForeignImportError';
}

/** What a bundle may ask of the module that it was; Node gives scripts no `import.meta`. */
const META = `const importMeta = (() => {
  const filename = process.argv[1] ?? process.execPath;
  const { pathToFileURL } = process.getBuiltinModule('node:url');
  return { url: pathToFileURL(filename).href, filename, dirname: process.getBuiltinModule('node:path').dirname(filename), main: true };
})();
`;
const DYNAMIC = `const importBuiltin = async (name) => {
  const module = process.getBuiltinModule(name);
  return { ...module, default: module };
};
`;

/**
 * Makes a script of a bundled module: the same program, without any import.
 *
 * A script is what a self-contained executable can keep compiled code for, it starts faster (importing `node:crypto` and
 * `node:fs` as modules reads all their exports, and with them loads what nobody uses), and it runs whatever the
 * `"type"` of a package.json above it says. Waiting at the top level stays possible.
 *
 * It is ASCII, because V8 keeps a text with any other letter in twice the memory.
 *
 * @param module one module that imports only what Node brings along
 * @throws ForeignImportError when it imports anything else
 */
export function toScript(module: string): string {
  const code = toAscii(module);
  const edits: Edit[] = [];
  const uses = { meta: false, dynamic: false };
  visit(parseAst(code) as unknown as Node, (node) => {
    const { start, end } = node;
    if (node.type === 'ImportDeclaration') edits.push({ start, end, text: toConstants(node) });
    else if (node.type === 'ExportNamedDeclaration' && node.declaration === null) edits.push({ start, end, text: '' });
    else if (node.type === 'MetaProperty' && (node.meta as Node).name === 'import') {
      uses.meta = true;
      edits.push({ start, end, text: 'importMeta' });
    } else if (node.type === 'ImportExpression' && isBuiltinLiteral(node.source as Node)) {
      uses.dynamic = true;
      edits.push({ start, end: (node.source as Node).start, text: 'importBuiltin(' });
    }
  });
  const body = apply(code, edits);
  return `(async () => {\n"use strict";\n${uses.meta ? META : ''}${uses.dynamic ? DYNAMIC : ''}${body}\n})();\n`;
}

/** The same program in ASCII; as it is where that would change what a tag such as `String.raw` sees. */
function toAscii(code: string): string {
  let isRawSeen = false;
  visit(parseAst(code) as unknown as Node, (node) => {
    if (node.type !== 'TaggedTemplateExpression') return;
    const { quasis } = node.quasi as { readonly quasis: readonly { readonly value: { readonly raw: string } }[] };
    isRawSeen ||= quasis.some(({ value }) => /[^\0-\x7f]/.test(value.raw));
  });
  // A pair of surrogates becomes a pair of escapes, which strings and regular expressions read as one letter.
  const toEscape = (letter: string): string => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`;
  // One backslash too many before the letter escaped it, which meant nothing.
  return isRawSeen
    ? code
    : code.replace(/(\\*)([^\0-\x7f])/g, (_, before: string, letter: string) => before.slice(before.length % 2) + toEscape(letter));
}

/** `import a, { b as c } from 'node:x'` as constants. */
function toConstants(declaration: Node): string {
  const source = (declaration.source as Node).value as string;
  if (!isBuiltin(source)) throw new ForeignImportError(source);
  const module = `process.getBuiltinModule(${JSON.stringify(source)})`;
  const constants = (declaration.specifiers as readonly Node[]).map((specifier) => {
    const local = (specifier.local as Node).name as string;
    if (specifier.type !== 'ImportSpecifier') return `${local} = ${module}`;
    const { name, value } = specifier.imported as Node;
    const imported = (name ?? value) as string;
    return imported === 'default' ? `${local} = ${module}` : `{ ${JSON.stringify(imported)}: ${local} } = ${module}`;
  });
  return constants.length === 0 ? '' : `const ${constants.join(', ')};`;
}

const isBuiltin = (name: string): boolean => process.getBuiltinModule(name) !== undefined;
const isBuiltinLiteral = ({ type, value }: Node): boolean => type === 'Literal' && typeof value === 'string' && isBuiltin(value);

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

function apply(code: string, edits: readonly Edit[]): string {
  let [text, at] = ['', 0];
  for (const edit of [...edits].sort((a, b) => a.start - b.start)) {
    text += code.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return text + code.slice(at);
}
