import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMap, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';
import type { Environment } from '../config/index.ts';
import { ServerError } from '../errors/index.ts';
import { ProvisionedEntry } from './entry.ts';
import { resolved } from './look-up.ts';

/** One YAML file. Lists that are absent are empty. */
export interface ProvisioningFile {
  readonly file: string;
  readonly root: ProvisionedEntry;
  entries(key: string): ProvisionedEntry[];
}

/**
 * Reads `*.yaml` and `*.yml` of a folder in the order of their names. A folder that is not there has no files.
 *
 * @throws ServerError `provisioning_unreadable`, `provisioning_invalid`
 */
export function readProvisioningFiles(folder: string, env: Environment): ProvisioningFile[] {
  return listFiles(folder)
    .map((name) => readFile(join(folder, name), env))
    .filter((file) => file !== undefined);
}

function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /\.ya?ml$/.test(name))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw unreadable(folder, error);
  }
}

function readFile(file: string, env: Environment): ProvisioningFile | undefined {
  const lines = new LineCounter();
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw unreadable(file, error);
  }
  const document = parseDocument(text, { lineCounter: lines, merge: true, intAsBigInt: true });
  const [problem] = document.errors;
  if (problem !== undefined) throw unreadable(file, problem);
  if (document.contents === null) return undefined;
  const place = { file, lineOf: (node: Node | undefined) => (node?.range ? lines.linePos(node.range[0]).line : 1) };
  if (!isMap(document.contents)) throw invalid(`${file}:1`, 'must hold keys such as apiVersion');
  const root = new ProvisionedEntry(document.contents as YAMLMap<unknown, unknown>, { ...place, env, document });
  return {
    file,
    root,
    entries(key) {
      const node = root.node(key);
      if (node === undefined) return [];
      const list = resolved(node, document);
      if (!isSeq(list)) throw invalid(root.where(key), `${key} must be a list`);
      return list.items.map((item) => {
        const map = resolved(item, document);
        if (!isMap(map)) throw invalid(`${file}:${place.lineOf(item as Node)}`, `an entry of ${key} must hold keys`);
        return new ProvisionedEntry(map as YAMLMap<unknown, unknown>, { ...place, env, document });
      });
    },
  };
}

function unreadable(path: string, cause: unknown): ServerError {
  return new ServerError('provisioning_unreadable', { path, detail: `${path} cannot be read: ${(cause as Error).message}` }, { cause });
}

function invalid(where: string, what: string): ServerError {
  return new ServerError('provisioning_invalid', { where, detail: `${where}: ${what}` });
}
