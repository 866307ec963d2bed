// The public API of @backplane/sdk as text, in packages/sdk/api.md: a change of it shows in the diff of a commit.
// `node scripts/run.mjs scripts/api-report.ts` writes it anew; with `--check`, as `npm run check` asks, it says what is not true.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findPublicNames, type PublicName } from './docstrings.ts';

const root = join(import.meta.dirname, '..');
const folder = 'packages/sdk';

const reportFile = join(root, folder, 'api.md');

/** Makes the report of the sources as they are. Takes as long as the compiler. */
function createApiReport(): string {
  const names = findPublicNames(root, folder).sort((a, b) => compare(a.name, b.name) || compare(a.file, b.file));
  mkdirSync(join(root, '.cache'), { recursive: true });
  const out = mkdtempSync(join(root, '.cache/api-'));
  try {
    emitDeclarations(out);
    const texts = names.map(({ name, file }) => declarationOf(readFileSync(join(out, file.replace(/\.ts$/, '.d.ts')), 'utf8'), name));
    return `${head}\n\`\`\`ts\n${[...new Set(texts)].join('\n\n')}\n\`\`\`\n`;
  } finally {
    rmSync(out, { recursive: true });
  }
}

const head = `# The public API of @backplane/sdk

Every export but those of \`@backplane/frames\`, by name. Written by \`node scripts/run.mjs scripts/api-report.ts\`, which
\`npm run check\` asks for when it is not true any more; a change here is a change for everybody who writes plugins.
`;

function emitDeclarations(outDir: string): void {
  const { exports } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const doors = Object.values(exports as Record<string, Record<string, string>>).map((door) =>
    join(root, folder, door['backplane:source'] ?? ''),
  );
  const compilerOptions = {
    composite: false,
    declarationMap: false,
    emitDeclarationOnly: true,
    removeComments: true,
    rootDir: root,
    outDir,
    noUncheckedIndexedAccess: false,
  };
  const config = { extends: join(root, 'tsconfig.base.json'), compilerOptions, files: doors };
  writeFileSync(join(outDir, 'tsconfig.json'), JSON.stringify(config));
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', outDir], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}

/** All declarations of a name: a function may have several. */
function declarationOf(source: string, name: PublicName['name']): string {
  const starts = source.matchAll(
    new RegExp(`^(?:export )?(?:declare )?(?:abstract )?(?:const|let|class|interface|type|function) ${name}\\b`, 'gm'),
  );
  const texts = [...starts].map(({ index }) => source.slice(index, endOf(source, index)));
  if (texts.length === 0) throw new Error(`no declaration of ${name} was found`);
  return texts
    .join('\n')
    .replace(/^export /gm, '')
    .replace(/^declare /gm, '');
}

/** A declaration ends with the brace that closes it, or with a semicolon outside of all braces. */
function endOf(source: string, start: number): number {
  const hasBody = /^(?:export )?(?:declare )?(?:abstract )?(?:class|interface) /.test(source.slice(start, start + 60));
  let depth = 0;
  for (let at = start; at < source.length; at++) {
    const character = source[at] ?? '';
    if ('{([<'.includes(character)) depth += character === '<' ? 0 : 1;
    else if ('})]'.includes(character)) depth--;
    if (depth === 0 && (character === ';' || (hasBody && character === '}'))) return at + 1;
  }
  return source.length;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The first line that differs, for a message. */
function firstDifference(kept: string, made: string): string {
  const [before, after] = [kept.split('\n'), made.split('\n')];
  const at = after.findIndex((line, i) => line !== before[i]);
  return `line ${at + 1}: ${JSON.stringify(before[at] ?? '')} is now ${JSON.stringify(after[at] ?? '')}`;
}

const report = createApiReport();
if (!process.argv.includes('--check')) writeFileSync(reportFile, report);
else {
  const kept = readFileSync(reportFile, 'utf8');
  if (kept !== report) {
    console.error(`packages/sdk/api.md is not the API of the sources (${firstDifference(kept, report)}).`);
    console.error('If the change is meant: node scripts/run.mjs scripts/api-report.ts');
    process.exitCode = 1;
  }
}
