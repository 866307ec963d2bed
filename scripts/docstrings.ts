import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** Something that a package exports, and where it is declared. */
export interface PublicName {
  readonly name: string;
  readonly file: string;
  readonly hasDocstring: boolean;
}

/** All that a package exports by the doors of its manifest, but for what is generated or comes from other packages. */
export function findPublicNames(root: string, folder: string): PublicName[] {
  const { exports = {} } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as { exports?: Record<string, unknown> };
  const doors = Object.values(exports).flatMap((door) => (isDoor(door) ? [join(root, folder, door['backplane:source'])] : []));
  const names = doors.flatMap((door) => [...exportsOf(door).values()]);
  return [...new Map(names.map((one) => [`${one.file} ${one.name}`, one])).values()]
    .filter(({ file }) => !file.includes('/gen/'))
    .map((one) => ({ ...one, file: relative(root, one.file) }));
}

function isDoor(door: unknown): door is { 'backplane:source': string } {
  return typeof door === 'object' && door !== null && 'backplane:source' in door && String(door['backplane:source']).endsWith('.ts');
}

const DECLARATION = String.raw`(?:declare )?(?:abstract )?(?:const|let|class|interface|type|enum|namespace|(?:async )?function\*?) `;

/** The exports of a file by the names that importers use, followed to where they are declared. */
function exportsOf(file: string): Map<string, PublicName> {
  const source = readFileSync(file, 'utf8');
  const found = new Map<string, PublicName>();
  for (const [, name = ''] of source.matchAll(new RegExp(`^export ${DECLARATION}(\\w+)`, 'gm')))
    if (!found.has(name)) found.set(name, declared(file, source, name));
  for (const [, list = '', from] of source.matchAll(/^export (?:type )?\{([^}]*)\}(?: from '([^']+)')?/gm)) {
    const target = from === undefined ? undefined : resolve(file, from);
    const theirs = target === undefined ? undefined : exportsOf(target);
    for (const [local, name] of namesOf(list)) {
      const one = from === undefined ? declared(file, source, local) : theirs?.get(local);
      if (one !== undefined) found.set(name, one);
    }
  }
  for (const [, from = ''] of source.matchAll(/^export (?:type )?\* from '([^']+)'/gm)) {
    const target = resolve(file, from);
    if (target !== undefined) for (const [name, one] of exportsOf(target)) if (!found.has(name)) found.set(name, one);
  }
  return found;
}

/** Files of the same package; other packages and generated JavaScript are none of ours. */
function resolve(file: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.') || !specifier.endsWith('.ts')) return undefined;
  const path = join(dirname(file), specifier);
  return existsSync(path) ? path : undefined;
}

/** `a, type b as c` as [a, a] and [b, c]. */
function namesOf(list: string): [local: string, name: string][] {
  const entries = list.split(',').map((entry) => entry.trim().replace(/^type /, ''));
  return entries
    .filter((entry) => entry !== '')
    .map((entry) => {
      const [local = '', name = local] = entry.split(' as ');
      return [local, name];
    });
}

function declared(file: string, source: string, name: string): PublicName {
  const hasDocstring = new RegExp(`\\*/\\n(?:// biome-ignore .*\\n)?(?:export )?${DECLARATION}${name}\\b`).test(source);
  return { name, file, hasDocstring };
}
