import { applyEdits, type Edit, type Node, stringOf, visitModule } from './ast.ts';
import { asPart, BUILTIN, FILES, META, PROGRAMS, partsOf } from './script-runtime.ts';

/** An import that the bundle would need at run time and that no Node brings along. */
export class ForeignImportError extends Error {
  override readonly name = 'ForeignImportError';
}

/** What surrounds a module. */
export interface ScriptOptions {
  /** Parts, as it and they import each other (`./gpx_acme-http.js`), that are loaded when they are first needed. */
  readonly parts?: ReadonlySet<string> | undefined;
  /** Its own name for those parts. */
  readonly self?: string | undefined;
  /** What it and its parts have in common, and those of other builds have not. */
  readonly build?: string | undefined;
  /** Parts that it needs at once, as functions: see `toPart`. */
  readonly embedded?: ReadonlyMap<string, string> | undefined;
  /** Starts programs of its own, which an executable has to hold. */
  readonly hasPrograms?: boolean | undefined;
}

/**
 * Makes a script of a bundled module: the same program, without any import.
 *
 * A script is what a self-contained executable can keep compiled code for, it starts faster (importing `node:crypto` and
 * `node:fs` as modules reads all their exports, and with them loads what nobody uses), and it runs whatever the
 * `"type"` of a package.json above it says. Waiting at the top level stays possible.
 *
 * It is ASCII, because V8 keeps a text with any other letter in twice the memory.
 *
 * @param module one module that imports only what Node brings along, and parts
 * @throws ForeignImportError when it imports anything else
 */
export function toScript(
  module: string,
  { parts = new Set(), self, build = '', embedded = new Map(), hasPrograms = false }: ScriptOptions = {},
): string {
  const code = toAscii(module);
  const edits: Edit[] = [];
  const exported: string[] = [];
  const uses = { meta: false, builtin: false };
  visitModule(code, (node) => {
    const { start, end } = node;
    if (node.type === 'ImportDeclaration') edits.push({ start, end, text: toConstants(node, embedded) });
    else if (node.type === 'ExportNamedDeclaration' && node.declaration === null) {
      exported.push(...(node.specifiers as readonly Node[]).map(toGetter));
      edits.push({ start, end, text: '' });
    } else edits.push(...rewriteCommon(node, parts, uses));
  });
  const body = applyEdits(code, edits);
  const hasParts = parts.size + embedded.size > 0;
  const head = [
    uses.meta || hasParts || hasPrograms ? META : '',
    uses.builtin || hasParts ? BUILTIN : '',
    hasParts || hasPrograms ? FILES : '',
    hasPrograms ? PROGRAMS : '',
    hasParts ? partsOf(build) : '',
    ...[...embedded].map(([name, part]) => `runPart(${JSON.stringify(name)}, ${part.trim()});\n`),
  ].join('');
  // Getters, so that a part sees what changes.
  const exports =
    self === undefined || !hasParts ? '' : `$shareMain(${JSON.stringify(self)}, { __esModule: true, ${exported.join(', ')} });\n`;
  // In a function of its own, where no name of the head is in the way of a name of the body.
  return `(async () => {\n"use strict";\n${head}return (async () => {\n${exports}${body}\n})();\n})();\n`;
}

/**
 * Makes a part of a bundled module, in two steps around the bundler, which turns imports and exports into those of CommonJS.
 *
 * @returns `module`, for the bundler; and `finish`, for what it made of it: a function, as the runtime of scripts calls it
 * @throws ForeignImportError when it imports anything but what Node brings along, and parts
 */
export function toPart(
  code: string,
  parts: ReadonlySet<string>,
): { readonly module: string; readonly finish: (commonJs: string, build: string) => string } {
  const edits: Edit[] = [];
  visitModule(code, (node) => {
    if (node.type === 'ImportDeclaration') {
      const source = stringOf(node.source as Node) ?? '';
      if (!isBuiltin(source) && !parts.has(source)) throw new ForeignImportError(source);
    }
    edits.push(...rewriteCommon(node, parts, { meta: false, builtin: false }));
  });
  return { module: applyEdits(code, edits), finish: (commonJs, build) => asPart(toAscii(commonJs), build) };
}

/** `import.meta`, and `import()` of what is known. */
function rewriteCommon(node: Node, parts: ReadonlySet<string>, uses: { meta: boolean; builtin: boolean }): Edit[] {
  const { type, start, end } = node;
  if (type === 'MetaProperty' && (node.meta as Node).name === 'import') {
    uses.meta = true;
    return [{ start, end, text: '$importMeta' }];
  }
  if (type !== 'ImportExpression') return [];
  const source = node.source as Node;
  const name = stringOf(source);
  if (name === undefined) return [];
  if (parts.has(name)) return [{ start, end: source.start, text: '$importPart(' }];
  if (!isBuiltin(name)) return [];
  uses.builtin = true;
  return [{ start, end: source.start, text: '$importBuiltin(' }];
}

/** The same program in ASCII; as it is where that would change what a tag such as `String.raw` sees. */
function toAscii(code: string): string {
  if (!/[^\0-\x7f]/.test(code)) return code;
  let isRawSeen = false;
  visitModule(code, (node) => {
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
function toConstants(declaration: Node, embedded: ReadonlyMap<string, string>): string {
  const source = stringOf(declaration.source as Node) ?? '';
  const isPart = embedded.has(source);
  if (!isPart && !isBuiltin(source)) throw new ForeignImportError(source);
  const module = `${isPart ? '$require' : 'process.getBuiltinModule'}(${JSON.stringify(source)})`;
  const constants = (declaration.specifiers as readonly Node[]).map((specifier) => {
    const local = (specifier.local as Node).name as string;
    if (specifier.type !== 'ImportSpecifier') return `${local} = ${module}`;
    const imported = nameOf(specifier.imported as Node);
    return imported === 'default' ? `${local} = ${module}` : `{ ${JSON.stringify(imported)}: ${local} } = ${module}`;
  });
  return constants.length === 0 ? '' : `const ${constants.join(', ')};`;
}

/** `b as c` as `get "c"() { return b; }`. */
function toGetter({ local, exported }: Node): string {
  return `get ${JSON.stringify(nameOf(exported as Node))}() { return ${nameOf(local as Node)}; }`;
}

const nameOf = ({ name, value }: Node): string => (name ?? value) as string;
const isBuiltin = (name: string): boolean => process.getBuiltinModule(name) !== undefined;
