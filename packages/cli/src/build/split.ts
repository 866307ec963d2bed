import { createHash } from 'node:crypto';
import { type CodeSplittingGroup, type OutputChunk, type Plugin, type PreRenderedChunk, type RolldownBuild, rolldown } from 'rolldown';
import { toPart, toScript } from './to-script.ts';

/** One program of a plugin, as it is bundled. */
export interface ProgramInput {
  readonly entry: string;
  /** Of its script, without `.js`; names of its parts begin with it. */
  readonly name: string;
  readonly minify: boolean;
  readonly define: Record<string, string>;
  readonly plugins: readonly Plugin[];
  /** Asked once the modules were read. */
  readonly hasPrograms: () => boolean;
  readonly onLog: (code: string | undefined, message: string) => void;
}

/** A file of code. */
export interface ScriptFile {
  readonly name: string;
  readonly text: string;
}

/** A program as scripts. */
export interface ProgramScripts {
  readonly main: ScriptFile;
  /** What it loads by `import()`, when it does. */
  readonly parts: readonly ScriptFile[];
  /** Characters of code that each module became. */
  readonly modules: readonly (readonly [id: string, size: number])[];
}

const COMMENTS = { legal: true, annotation: false, jsdoc: false } as const;

/**
 * Bundles one program: what it needs to start as one script, and what it loads by `import()` as parts beside it, which cost
 * neither time nor memory until then.
 *
 * @throws ForeignImportError and what the bundler throws
 */
export async function splitProgram(input: ProgramInput): Promise<ProgramScripts> {
  const { entry, name, minify, define, plugins, hasPrograms, onLog } = input;
  await using build = await rolldown({
    input: entry,
    platform: 'node',
    preserveEntrySignatures: false,
    resolve: { conditionNames: conditions() },
    transform: { define },
    plugins: [...plugins],
    onLog: (_level, { code, message }) => onLog(code, message),
  });
  const make = (chunks: readonly OutputChunk[]): Promise<ProgramScripts> =>
    makeScripts(chunks, { entry, name, minify, hasPrograms: hasPrograms() });
  try {
    return await make(await generate(build, { entry, name, minify }));
  } catch (error) {
    // Parts are read at one go, so they cannot wait.
    if (!String(error).includes('INVALID_TLA_FORMAT')) throw error;
    onLog(undefined, `what is loaded by import() is in ${name}.js too, because a module of it waits at its top level`);
    return await make(await generate(build, { entry, name, minify, isOneFile: true }));
  }
}

interface Chunking {
  readonly entry: string;
  readonly name: string;
  readonly minify: boolean;
}

async function makeScripts(
  chunks: readonly OutputChunk[],
  { entry, name, minify, hasPrograms }: Chunking & { readonly hasPrograms: boolean },
): Promise<ProgramScripts> {
  const main = chunks.find(({ modules }) => Object.hasOwn(modules, entry));
  if (main === undefined) throw new Error(`the bundler made no chunk of ${entry}`);
  // The entry's own chunk is empty: it imports the main one.
  const others = chunks.filter((chunk) => chunk !== main && !chunk.isEntry);
  const parts = new Set(others.length === 0 ? [] : [main, ...others].map(({ fileName }) => `./${fileName}`));
  const build = createHash('sha256')
    .update(chunks.map(({ code }) => code).join(''))
    .digest('hex')
    .slice(0, 16);
  const finished = new Map<string, string>();
  for (const { fileName, code } of others) finished.set(`./${fileName}`, await finishPart(fileName, code, { parts, build, minify }));
  const embedded = new Map([...finished].filter(([file]) => main.imports.includes(file.slice(2))));
  return {
    main: { name: `${name}.js`, text: toScript(main.code, { parts, self: `./${main.fileName}`, build, embedded, hasPrograms }) },
    parts: [...finished].flatMap(([file, text]) => (embedded.has(file) ? [] : [{ name: file.slice(2), text }])),
    modules: chunks.flatMap(({ modules }) => Object.entries(modules).map(([id, { renderedLength }]) => [id, renderedLength] as const)),
  };
}

/** As this program was started: in the workspace packages resolve to their sources. */
function conditions(): string[] {
  const given = process.execArgv.flatMap((argument) => /^--conditions=(.+)$/.exec(argument)?.[1] ?? []);
  return [...given, 'node', 'import', 'default'];
}

/** The chunks: everything that the entry imports at once in one, and what is imported later in others, unless all is wanted in one. */
async function generate(
  build: RolldownBuild,
  { entry, name, minify, isOneFile = false }: Chunking & { readonly isOneFile?: boolean },
): Promise<OutputChunk[]> {
  let atOnce: Set<string> | undefined;
  const main: CodeSplittingGroup = {
    debugName: 'main',
    name(id, modules) {
      atOnce ??= reachable(entry, (module) => modules.getModuleInfo(module)?.importedIds ?? []);
      return atOnce.has(id) ? 'main' : null;
    },
  };
  const { output } = await build.generate({
    format: 'esm',
    minify,
    comments: COMMENTS,
    entryFileNames: `${name}-entry.js`,
    chunkFileNames: (chunk) => `${name}-${partName(chunk)}.js`,
    codeSplitting: isOneFile ? false : { groups: [main] },
  });
  return output.filter((file) => file.type === 'chunk');
}

/** After the package that it is of, where it is of one: files of packages have names such as `index` and `dist`. */
function partName({ name, facadeModuleId, moduleIds }: PreRenderedChunk): string {
  const [, ...inPackages] = (facadeModuleId ?? moduleIds.at(-1) ?? '').split(/[/\\]node_modules[/\\]/);
  const [scope = '', plain = ''] = inPackages.at(-1)?.split(/[/\\]/) ?? [];
  if (scope === '') return name;
  return scope.startsWith('@') ? `${scope.slice(1)}-${plain}` : scope;
}

function reachable(entry: string, importedBy: (module: string) => readonly string[]): Set<string> {
  const found = new Set([entry]);
  for (const module of found) for (const imported of importedBy(module)) found.add(imported);
  return found;
}

/** A chunk as a part: the bundler knows best how names that are imported become members of what is required. */
async function finishPart(
  name: string,
  code: string,
  { parts, build: id, minify }: Pick<Chunking, 'minify'> & { readonly parts: ReadonlySet<string>; readonly build: string },
): Promise<string> {
  const { module, finish } = toPart(code, parts);
  const only: Plugin = {
    name: 'only-this',
    resolveId: (id) => (id === name ? { id } : { id, external: true }),
    load: (id) => (id === name ? { code: module, moduleType: 'js' } : null),
  };
  await using build = await rolldown({ input: name, platform: 'node', treeshake: false, plugins: [only] });
  const { output } = await build.generate({ format: 'cjs', exports: 'named', esModule: true, minify, comments: COMMENTS });
  return finish(output[0].code, id);
}
