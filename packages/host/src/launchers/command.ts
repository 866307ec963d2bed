import type { Program } from '../discovery/index.ts';

/** What is executed to start a plugin. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  /** It runs inside of bubblewrap, which stands between it and us. */
  readonly isSandboxed: boolean;
}

// A folder with plugin.json and one .ts file is a whole plugin; that its package.json lacks "type" is no news.
const quietFlags = ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON'];

/** A program in JavaScript or TypeScript runs in this Node, with the same export conditions. */
export function commandOf(program: Program): Command {
  if (program.kind === 'native') return { file: program.file, args: [], isSandboxed: false };
  const args = [...conditionFlags(process.execArgv), ...quietFlags, program.file];
  return { file: process.execPath, args, isSandboxed: false };
}

/** Picks `--conditions=x`, `--conditions x`, `-C x` out of the flags of Node. */
export function conditionFlags(execArgv: readonly string[]): string[] {
  return execArgv.flatMap((flag, index) => {
    const separate = flag === '--conditions' || flag === '-C';
    if (separate) return execArgv.slice(index, index + 2);
    return flag.startsWith('--conditions=') || flag.startsWith('-C=') ? [flag] : [];
  });
}
