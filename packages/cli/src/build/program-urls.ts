import { existsSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import type { Plugin } from 'rolldown';
import { applyEdits, type Edit, type Node, stringOf, visitModule } from './ast.ts';

/** A program that the plugin starts as a process of its own. */
export interface ProgramSource {
  readonly entry: string;
  /** Of its script, without `.js`. */
  readonly name: string;
}

/**
 * Finds `spawnProgram(new URL('./engine.ts', import.meta.url))`, and has it name the script that will be made of that file.
 *
 * @param root names are relative to it
 * @param prefix of the names: that of the plugin's executable
 * @param found told each program, perhaps several times
 */
export function programUrls(root: string, prefix: string, found: (program: ProgramSource) => void): Plugin {
  return {
    name: 'program-urls',
    transform(code, id) {
      if (!code.includes('spawnProgram')) return null;
      const edits: Edit[] = [];
      const see = (node: Node): void => {
        const url = urlOf(node);
        if (url === undefined) return;
        const entry = sourceOf(resolve(dirname(id), url.text));
        // What is not there is said by the program itself, should it ever get so far.
        if (entry === undefined) return;
        const name = `${prefix}.${nameOf(relative(root, entry))}`;
        found({ entry, name });
        edits.push({ start: url.start, end: url.end, text: JSON.stringify(`./${name}.js`) });
      };
      visitModule(code, see, /\.[cm]?ts$/.test(id) ? 'ts' : 'js');
      return edits.length === 0 ? null : applyEdits(code, edits);
    },
  };
}

/** `src-engine-main` for `src/engine/main.ts`. */
function nameOf(path: string): string {
  return path
    .replace(/\.[^.]+$/, '')
    .split(sep)
    .filter((part) => part !== '..')
    .join('-');
}

/** The file; or the TypeScript that it is compiled from. */
function sourceOf(file: string): string | undefined {
  return [file, file.replace(/\.([cm]?)js$/, '.$1ts')].find((path) => existsSync(path));
}

/** The literal in `spawnProgram(new URL('…', import.meta.url)`. */
function urlOf(node: Node): { readonly text: string; readonly start: number; readonly end: number } | undefined {
  const [url] = callOf(node, 'CallExpression', 'spawnProgram');
  if (url === undefined) return undefined;
  const [path, base] = callOf(url, 'NewExpression', 'URL');
  const text = path && stringOf(path);
  return text !== undefined && base?.type === 'MemberExpression' && (base.object as Node).type === 'MetaProperty'
    ? { text, start: path?.start ?? 0, end: path?.end ?? 0 }
    : undefined;
}

/** The arguments of a call of that name. */
function callOf({ type, callee, arguments: given }: Node, wanted: string, name: string): readonly Node[] {
  return type === wanted && (callee as Node).type === 'Identifier' && (callee as Node).name === name ? (given as readonly Node[]) : [];
}
