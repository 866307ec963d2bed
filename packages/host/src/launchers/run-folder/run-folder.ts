import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeError, HostError } from '../../errors/index.ts';
import { killUsersOf, killUsersOfNow } from './kill-users.ts';
import { identify, type ProcessIdentity, pidNamespace } from './process-table.ts';
import { openRunRoot } from './run-root.ts';

/** Who a run folder belongs to. */
export interface HostRecord extends ProcessIdentity {
  readonly pidNamespace: string | undefined;
}

/** Name of the record of the host. */
export const hostRecordFile = 'host.json';

/** Name of the record of a plugin, beside its slot: what is in a slot was maybe written by the plugin, and proves nothing. */
export const pluginRecordFile = (slot: string) => `${slot}.json`;

/** The private folder of one run of one plugin: its sockets, and the record of its process. */
export interface RunSlot {
  /** Value of `PLUGIN_UNIX_SOCKET_DIR`. */
  readonly path: string;
  /** Writes down the process and the cgroup around it, so that a later host can prove whose they were. */
  record(pid: number, cgroup?: string): void;
  /** Kills all that still runs with this folder, then removes it. A second close is fine. */
  close(): Promise<void>;
}

/**
 * The private folder of one host, mode 0700: `<root>/<pid>-<random>/`, with a record of the host
 * and a slot for each run of each plugin.
 */
export class RunFolder {
  readonly root: string;
  readonly path: string;
  #slots = 0;

  /** @throws HostError `run_folder_unsafe`, `run_folder_unusable` */
  constructor(options: { readonly root?: string | undefined } = {}) {
    this.root = openRunRoot(options.root);
    this.path = usable(this.root, () => mkdtempSync(join(this.root, `${process.pid}-`)));
    usable(this.path, () => this.#writeRecord());
  }

  /** @throws HostError `run_folder_unsafe`, `run_folder_unusable` */
  openSlot(): RunSlot {
    if (!existsSync(this.path)) this.#makeAgain();
    const path = join(this.path, String(++this.#slots));
    usable(path, () => mkdirSync(path, { mode: 0o700 }));
    return {
      path,
      record: (pid, cgroup) => writeFileSync(pluginRecordFile(path), JSON.stringify({ pid, ...identify(pid), cgroup }), { mode: 0o600 }),
      close: async () => {
        await killUsersOf(path);
        removeFolder(path);
        removeFolder(pluginRecordFile(path));
      },
    };
  }

  /** Removes the folder; nothing should run with it any more. */
  async close(): Promise<void> {
    await killUsersOf(this.path);
    removeFolder(this.path);
  }

  /** The same at once, for the exit of the host. */
  closeNow(): void {
    killUsersOfNow(this.path);
    removeFolder(this.path);
  }

  /** Cleaners of temporary folders remove what nobody has touched for days; the root is checked like a new one then. */
  #makeAgain(): void {
    openRunRoot(this.root);
    usable(this.path, () => {
      mkdirSync(this.path, { mode: 0o700 });
      this.#writeRecord();
    });
  }

  #writeRecord(): void {
    const record: HostRecord = { pid: process.pid, startedAt: identify(process.pid)?.startedAt, pidNamespace: pidNamespace() };
    writeFileSync(join(this.path, hostRecordFile), JSON.stringify(record), { mode: 0o600 });
  }
}

function usable<Result>(folder: string, make: () => Result): Result {
  try {
    return make();
  } catch (cause) {
    throw new HostError('run_folder_unusable', { folder, detail: describeError(cause) }, { cause });
  }
}

/** A plugin that dies may remove its socket while we do; one that wants to stay makes folders that only root could remove. */
export function removeFolder(path: string): void {
  const remove = () => rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  try {
    remove();
  } catch {
    openUp(path);
    remove();
  }
}

/** Lets us into folders of ours that are closed to us. Follows no links. */
function openUp(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return;
  chmodSync(path, 0o700);
  for (const name of readdirSync(path)) openUp(join(path, name));
}

/** What a record may hold; only the pid is certain. */
type FoundRecord = Partial<HostRecord> & { readonly pid: number; readonly cgroup?: string };

/** Reads a record; undefined when it is missing, half written, or no record. */
export function readRecord(file: string): FoundRecord | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return typeof value === 'object' && value !== null && 'pid' in value && Number.isInteger(value.pid)
      ? (value as FoundRecord)
      : undefined;
  } catch {
    return undefined;
  }
}
