import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** Which workspace packages each package may import. docs/map.md shows the same table. */
export const IMPORT_TABLE: Readonly<Record<string, readonly string[]>> = {
  'packages/frames': [],
  'packages/protocol': [],
  'packages/sdk': ['frames', 'protocol'],
  'packages/host': ['frames', 'protocol'],
  'packages/server': ['frames', 'host'],
  'packages/cli': ['frames', 'sdk', 'host', 'server'],
  'plugins/*': ['sdk'],
  conformance: ['frames', 'protocol', 'sdk', 'host', 'server'],
  bench: ['frames', 'protocol', 'sdk', 'host', 'server'],
  scripts: [],
};

/** Rooms from top to bottom: a file imports rooms of lower layers only, and only through their index.ts. */
export const ROOM_LAYERS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  'packages/frames': [['display'], ['json', 'arrow'], ['kernels'], ['reshape'], ['build'], ['dataplane'], ['model'], ['errors']],
  'packages/protocol': [['goplugin', 'pluginv2', 'otlp'], ['log', 'tls'], ['grpc'], ['socket'], ['http2'], ['wire'], ['errors', 'gen']],
  'packages/host': [
    ['middleware'],
    ['tracing'],
    ['client'],
    ['supervisor'],
    ['launchers'],
    ['discovery', 'signature'],
    ['manifest'],
    ['errors'],
  ],
  'packages/server': [
    ['http'],
    ['query', 'proxy'],
    ['resources'],
    ['cache', 'plugins'],
    ['datasources'],
    ['auth'],
    ['secrets'],
    ['store'],
    ['provisioning'],
    ['config'],
    ['json', 'errors', 'log'],
  ],
};

/** One forbidden import, as a sentence. */
export type Violation = string;

/** Every import of the workspace that the tables forbid, and every dependency that a manifest declares against them. */
export function findViolations(root: string): Violation[] {
  return Object.entries(IMPORT_TABLE).flatMap(([pattern, allowed]) =>
    expand(root, pattern).flatMap((folder) => checkPackage(root, folder, allowed)),
  );
}

function expand(root: string, pattern: string): string[] {
  if (!pattern.endsWith('/*')) return existsSync(join(root, pattern)) ? [pattern] : [];
  const parent = pattern.slice(0, -2);
  return readdirSync(join(root, parent)).map((name) => `${parent}/${name}`);
}

function checkPackage(root: string, folder: string, allowed: readonly string[]): Violation[] {
  const own = readManifest(join(root, folder, 'package.json'));
  const declared = Object.keys({ ...own?.dependencies, ...own?.devDependencies }).filter((name) => name.startsWith('@backplane/'));
  const wrong = declared.filter((name) => !allowed.includes(name.slice('@backplane/'.length)));
  return [
    ...wrong.map((name) => `${folder}/package.json depends on ${name}; it may depend on: ${allowed.join(', ') || 'no workspace package'}`),
    ...sourceFiles(join(root, folder)).flatMap((file) => checkFile(root, folder, file, allowed)),
  ];
}

function checkFile(root: string, folder: string, file: string, allowed: readonly string[]): Violation[] {
  const path = relative(root, file).split(sep).join('/');
  const isTest = /\.test\.ts$|\/fixtures\/|\/testing\//.test(path);
  return importsOf(readFileSync(file, 'utf8')).flatMap((specifier) => {
    if (specifier.startsWith('@backplane/')) return checkPackageImport(path, specifier, allowed);
    if (specifier.startsWith('.')) return checkRelativeImport(root, folder, file, specifier, isTest);
    if (folder === 'packages/frames' && !isTest && specifier.startsWith('node:'))
      return [`${path} imports ${specifier}; frames runs in browsers`];
    return [];
  });
}

function checkPackageImport(path: string, specifier: string, allowed: readonly string[]): Violation[] {
  const name = specifier.split('/')[1] ?? '';
  return allowed.includes(name) ? [] : [`${path} imports ${specifier}; it may import: ${allowed.join(', ') || 'no workspace package'}`];
}

function checkRelativeImport(root: string, folder: string, file: string, specifier: string, isTest: boolean): Violation[] {
  const from = roomOf(root, folder, file);
  const target = join(file, '..', specifier);
  const path = relative(root, file).split(sep).join('/');
  if (relative(join(root, folder), target).startsWith('..')) {
    return [`${path} imports ${specifier}, a file of another package; import the package instead`];
  }
  const to = roomOf(root, folder, target);
  const layers = ROOM_LAYERS[folder];
  if (layers === undefined || to === undefined || from === to || isTest) return [];
  const layer = (room: string) => layers.findIndex((rooms) => rooms.includes(room));
  if (layer(to) < 0) return [`${path} imports the room ${to}, which is not in ROOM_LAYERS of scripts/import-table.ts`];
  if (from !== undefined && layer(from) >= layer(to)) return [`${path} imports the room ${to}, which is not below ${from}`];
  return /(\/index\.ts|_pb\.js)$/.test(specifier) ? [] : [`${path} imports ${specifier}; import that room through its index.ts`];
}

/** The room (folder directly below src) of a file, or undefined for files of src itself. */
function roomOf(root: string, folder: string, file: string): string | undefined {
  const parts = relative(join(root, folder, 'src'), file).split(sep);
  return parts.length > 1 && parts[0] !== '..' ? parts[0] : undefined;
}

function importsOf(source: string): string[] {
  const found = source.matchAll(
    /(?:^|\n)\s*(?:import|export)\b[^'";]*?from\s*'([^']+)'|(?:^|\n)import\s*'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/g,
  );
  return [...found].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return ['node_modules', 'dist', 'gen', 'go'].includes(entry.name) ? [] : sourceFiles(join(folder, entry.name));
    return /\.(ts|mjs)$/.test(entry.name) ? [join(folder, entry.name)] : [];
  });
}

function readManifest(file: string): { dependencies?: Record<string, string>; devDependencies?: Record<string, string> } | undefined {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}
