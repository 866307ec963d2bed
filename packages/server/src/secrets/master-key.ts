import { hkdfSync, randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Secret } from '../config/index.ts';
import { ServerError } from '../errors/index.ts';

const fileName = 'secret.key';
const keyBytes = 32;

export interface MasterKeyOptions {
  /** `[security] secret_key`; when it is not set a random one is kept in the data folder. */
  readonly secretKey: Secret | undefined;
  readonly dataFolder: string;
}

/**
 * The key that wraps all data keys. A generated one lies in `<data>/secret.key`, readable by its owner only; without
 * that file stored secrets cannot be opened, so back it up together with the database.
 *
 * @throws ServerError `secret_key_unusable`
 */
export function loadMasterKey({ secretKey, dataFolder }: MasterKeyOptions): Uint8Array {
  const material = secretKey === undefined ? readOrGenerate(join(dataFolder, fileName)) : Buffer.from(secretKey.open());
  return new Uint8Array(hkdfSync('sha256', material, 'backplane', 'master key v1', keyBytes));
}

function readOrGenerate(file: string): Buffer {
  try {
    if (!existsSync(file)) generate(file);
    const text = readFileSync(file, 'utf8').trim();
    if (!/^[0-9a-f]{64}$/.test(text)) throw new Error('it does not hold 64 hexadecimal digits');
    return Buffer.from(text, 'hex');
  } catch (cause) {
    const detail = `the secret key ${file} cannot be used: ${(cause as Error).message}; restore it from a backup, or set [security] secret_key`;
    throw new ServerError('secret_key_unusable', { file, detail }, { cause });
  }
}

function generate(file: string): void {
  mkdirSync(join(file, '..'), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, `${randomBytes(keyBytes).toString('hex')}\n`, { mode: 0o600, flush: true });
  try {
    linkSync(draft, file); // unlike a rename it never replaces the key of a server that starts at the same time
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
}
