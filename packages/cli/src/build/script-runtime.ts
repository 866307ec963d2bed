// What scripts have around the plugin's code, as text. It may use nothing but what every Node brings along, and only what
// a script asks for is put into it. The code sees the names that begin with $, which no bundler makes.

/** By which the plugin's executable is asked to run one of its other programs; `spawnProgram` of the SDK says it. */
export const PROGRAM_FLAG = '--backplane-program=';

/** Node gives scripts no `import.meta`. In an executable it is that of the executable. */
export const META = `const $importMeta = (() => {
  const { existsSync, realpathSync } = process.getBuiltinModule('node:fs');
  const { dirname } = process.getBuiltinModule('node:path');
  const { pathToFileURL } = process.getBuiltinModule('node:url');
  const given = process.argv[1] ?? process.execPath;
  // Node takes a path without its ending, too.
  const filename = existsSync(given) ? realpathSync(given) : given;
  return { url: pathToFileURL(filename).href, filename, dirname: dirname(filename), main: true };
})();
`;

/** Importing what Node has. */
export const BUILTIN = `const $importBuiltin = async (name) => {
  const module = process.getBuiltinModule(name);
  return { ...module, default: module };
};
`;

/** Reading and running what lies beside the script, or in the executable. */
export const FILES = `const { isSea, getAsset } = process.getBuiltinModule('node:sea');
const runFile = (name, head = '') => {
  const file = process.getBuiltinModule('node:path').join($importMeta.dirname, name);
  const read = () => {
    if (isSea()) return getAsset(name, 'utf8');
    try {
      return process.getBuiltinModule('node:fs').readFileSync(file, 'utf8');
    } catch (cause) {
      throw new Error(file + ' belongs to this plugin and cannot be read; keep the files of its folder together', { cause });
    }
  };
  const text = read();
  if (!text.startsWith(head)) throw new Error(file + ' is of another build: the plugin was replaced while it ran; restart it');
  const { Script, constants } = process.getBuiltinModule('node:vm');
  // What is imported by a name that the build cannot know is Node's to find.
  const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;
  return new Script(text, { filename: file, importModuleDynamically }).runInThisContext();
};
`;

/** Importing parts of that build, each of which is run once, when it is first imported. */
export const partsOf = (build: string): string => `const partHead = ${JSON.stringify(partHead(build))};
const parts = new Map();
const runPart = (name, part) => {
  const exports = {};
  parts.set(name, exports);
  try {
    part($require, exports, $importPart, $importBuiltin, $importMeta);
  } catch (error) {
    parts.delete(name);
    throw error;
  }
  return exports;
};
const $require = (name) => process.getBuiltinModule(name) ?? parts.get(name) ?? runPart(name, runFile(name.slice(2), partHead));
const $importPart = async (name) => $require(name);
const $shareMain = (name, exports) => parts.set(name, exports);
`;

/** The first line of a part, by which the main script knows that both were built together. */
export const partHead = (build: string): string => `// build ${build}\n`;

/** A part around its body. */
export const asPart = (body: string, build: string): string =>
  `${partHead(build)}(function (require, exports, $importPart, $importBuiltin, $importMeta) {\n"use strict";\n${body}\n})\n`;

/** At the beginning of the plugin's program: an executable has to hold all of them. */
export const PROGRAMS = `if (isSea() && process.argv[2]?.startsWith('${PROGRAM_FLAG}'))
  return runFile(process.argv.splice(2, 1)[0].slice(${PROGRAM_FLAG.length}));
`;
