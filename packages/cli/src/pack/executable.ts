import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** What becomes an executable. */
export interface ExecutableParts {
  /** A script without imports, as `backplane build` makes it. */
  readonly program: string;
  /** What it reads when it needs it, by name: it stays on disk until then. */
  readonly assets: Readonly<Record<string, string>>;
  /** The Node to put it into. */
  readonly node: string;
  /** Where to. */
  readonly file: string;
  /** True when it will run on the machine that builds it: compiled code can be kept for that one alone. */
  readonly isForThisMachine: boolean;
}

/**
 * Makes a self-contained executable: Node with the program inside, mode 0755.
 *
 * Node does it itself (`--build-sea`, Node 26). The code that V8 has compiled is kept in it, which saves about a tenth of
 * the start; a snapshot of the heap would save more, but Node calls `net` and `tls` in snapshots unverified, and
 * a plugin's own libraries would have to bear it as well.
 *
 * @returns its size in bytes
 * @throws Error with what Node said
 */
export async function makeExecutable({ program, assets, node, file, isForThisMachine }: ExecutableParts): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'backplane-pack-'));
  try {
    // Beside its place, because it is renamed there.
    const unfinished = join(dirname(file), `.${process.pid}.unfinished`);
    const config = {
      main: program,
      mainFormat: 'commonjs',
      executable: node,
      output: unfinished,
      disableExperimentalSEAWarning: true,
      useCodeCache: isForThisMachine,
      useSnapshot: false,
      assets,
    };
    writeFileSync(join(folder, 'sea.json'), JSON.stringify(config));
    await promisify(execFile)(process.execPath, ['--build-sea', join(folder, 'sea.json')], { env: {} });
    chmodSync(unfinished, 0o755);
    renameSync(unfinished, file);
    return statSync(file).size;
  } catch (error) {
    const said = (error as { stderr?: string }).stderr;
    throw new Error(`Node ${process.versions.node} could not make ${file}: ${said || (error as Error).message}`, { cause: error });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
