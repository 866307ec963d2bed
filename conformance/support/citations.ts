import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { conformanceFolder, repositoryFolder } from './paths.ts';

const SKIPPED = new Set(['node_modules', 'dist', 'go', '.cache', '.git']);
/** The case list has names that several test files use. */
const CASES = join(conformanceFolder, 'cases');
const CITATION = /\[([a-z]+\/(?:host|plugin)-[a-z0-9-]+|[A-E]\d{1,2})\]/g;

/** Ids of rules and statements, or what else a pattern finds, that test names cite in square brackets, with the files that do. */
export async function findCitations(pattern = CITATION): Promise<ReadonlyMap<string, readonly string[]>> {
  const citations = new Map<string, string[]>();
  for await (const file of testFiles(repositoryFolder)) {
    const ids = new Set([...(await readFile(file, 'utf8')).matchAll(pattern)].map((found) => found[1]!));
    for (const id of ids) citations.set(id, [...(citations.get(id) ?? []), relative(repositoryFolder, file)]);
  }
  return citations;
}

async function* testFiles(folder: string): AsyncGenerator<string> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !SKIPPED.has(entry.name)) yield* testFiles(path);
    else if (entry.name.endsWith('.test.ts') || (folder === CASES && entry.name.endsWith('.ts'))) yield path;
  }
}
