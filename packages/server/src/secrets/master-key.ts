import { hkdfSync, randomBytes } from 'node:crypto';
import { existsSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Secret } from '../config/index.ts';
import { ServerError } from '../errors/index.ts';
import { makeFolder } from '../store/index.ts';

const fileName = 'secret.key';
const keyBytes = 32;

/** The key that wraps all data keys. */
export interface MasterKey {
  readonly key: Uint8Array;
  /** Tells keys apart and nothing about them; the database notes which one it needs. */
  readonly mark: string;
}

export interface MasterKeyOptions {
  /** `[security] secret_key`; when it is not set a random one is kept in the data folder. */
  readonly secretKey: Secret | undefined;
  readonly dataFolder: string;
}

/** The master key of a `[security] secret_key`. */
export function deriveMasterKey(secretKey: Secret): MasterKey {
  return derive(Buffer.from(secretKey.open()));
}

/**
 * The configured master key, or the generated one in `<data>/secret.key`, which is made when it is missing. Without
 * that file stored secrets cannot be opened, so back it up apart from the database.
 *
 * @throws ServerError `secret_key_unusable`
 */
export function loadMasterKey({ secretKey, dataFolder }: MasterKeyOptions): MasterKey {
  if (secretKey !== undefined) return deriveMasterKey(secretKey);
  const file = join(dataFolder, fileName);
  return usable(file, () => {
    if (!existsSync(file)) writeKey(file);
    return readKey(file);
  });
}

/** The keys that lie in the data folder: the one in use, and the one of a rotation that was cut short. */
export function keyFiles(dataFolder: string): { readonly current: string; readonly next: string } {
  return { current: join(dataFolder, fileName), next: join(dataFolder, `${fileName}.next`) };
}

/**
 * The key in a file, or undefined when there is no such file.
 *
 * @throws ServerError `secret_key_unusable`
 */
export function readKeyFile(file: string): MasterKey | undefined {
  return existsSync(file) ? usable(file, () => readKey(file)) : undefined;
}

/**
 * Makes a new random key in a file where none is.
 *
 * @throws ServerError `secret_key_unusable`
 */
export function createKeyFile(file: string): MasterKey {
  return usable(file, () => {
    rmSync(file, { force: true });
    writeKey(file);
    return readKey(file);
  });
}

/**
 * Puts the next key in the place of the current one, which is kept under its mark: backups made before need it.
 *
 * @returns where the key before lies now, or undefined when there was none
 * @throws ServerError `secret_key_unusable`
 */
export function promoteNextKey(dataFolder: string): string | undefined {
  const { current, next } = keyFiles(dataFolder);
  const old = readKeyFile(current);
  const kept = old === undefined ? undefined : `${current}.${old.mark}`;
  return usable(current, () => {
    if (kept !== undefined) linkUnlessThere(current, kept);
    renameSync(next, current);
    return kept;
  });
}

function derive(material: Uint8Array): MasterKey {
  const part = (info: string, bytes: number) => new Uint8Array(hkdfSync('sha256', material, 'backplane', info, bytes));
  return { key: part('master key v1', keyBytes), mark: Buffer.from(part('master key mark v1', 8)).toString('hex') };
}

function readKey(file: string): MasterKey {
  const text = readFileSync(file, 'utf8').trim();
  if (!/^[0-9a-f]{64}$/.test(text)) throw new Error('it does not hold 64 hexadecimal digits');
  return derive(Buffer.from(text, 'hex'));
}

function usable<Result>(file: string, act: () => Result): Result {
  try {
    return act();
  } catch (cause) {
    const detail = `the secret key ${file} cannot be used: ${(cause as Error).message}; restore it from a backup, or set [security] secret_key`;
    throw new ServerError('secret_key_unusable', { file, detail }, { cause });
  }
}

function writeKey(file: string): void {
  makeFolder(dirname(file));
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, `${randomBytes(keyBytes).toString('hex')}\n`, { mode: 0o600, flush: true });
  try {
    linkUnlessThere(draft, file);
  } finally {
    rmSync(draft);
  }
}

/** Unlike a rename it never replaces the key of a server that starts at the same time. */
function linkUnlessThere(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
