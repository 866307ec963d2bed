import { hash as hashAtOnce, randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { ServerError } from '../errors/index.ts';
import { createGate } from './turns.ts';

/** Hashes passwords and checks them. */
export interface Passwords {
  hash(password: string): Promise<string>;
  /**
   * Takes the same time whether the hash exists or not.
   *
   * @param from address of who asks: one address may not have all others wait
   * @throws ServerError `login_busy` when too many wait
   */
  verify(password: string, hash: string | undefined, from?: string | undefined): Promise<boolean>;
}

export interface PasswordsOptions {
  /** Memory-hardness of scrypt, a power of two: 2^15 needs 32 MiB and about 80 ms. Tests take less. */
  readonly cost?: number | undefined;
  readonly now?: (() => number) | undefined;
  /** Told of every hash that is computed. */
  readonly onHash?: ((cost: number) => void) | undefined;
}

const blockSize = 8;
const keyBytes = 32;
/**
 * So that hashing never takes all threads of Node's pool of four, which reads files, nor more than 64 MiB; and so that
 * guesses from one address, seconds of work, leave room for others.
 */
const gateOptions = { running: 2, waiting: 400, waitingOfOneKey: 100 };
const rememberMs = 5 * 60_000;
const rememberedAtMost = 1000;

/**
 * Makes the hasher. Hashes describe themselves: `scrypt$<cost>$<salt>$<key>`, so the cost can rise later.
 *
 * A password that was right is remembered for five minutes under a keyed digest of hash and password, because
 * clients with basic authentication send it with every request. Changing the password changes the hash and so the digest.
 */
export function createPasswords(options: PasswordsOptions = {}): Passwords {
  const { cost = 2 ** 15, now = Date.now, onHash = () => undefined } = options;
  const pepper = randomBytes(32).toString('base64');
  const gate = createGate(gateOptions, () => new ServerError('login_busy'));
  const rightUntil = new Map<string, number>();
  const nobody = formatHash(cost, randomBytes(16), randomBytes(keyBytes));

  return {
    async hash(password) {
      const salt = randomBytes(16);
      return formatHash(cost, salt, await gate(() => derive(password, salt, cost)));
    },
    async verify(password, hash, from) {
      const known = hash ?? nobody;
      const digest = hashAtOnce('sha256', `${pepper}\n${known}\n${password}`, 'base64');
      const until = rightUntil.get(digest);
      if (until !== undefined && until > now()) return true;
      const isRight = (await gate(() => matches(password, known, onHash), from)) && hash !== undefined;
      if (isRight) remember(digest);
      return isRight;
    },
  };

  function remember(digest: string): void {
    if (rightUntil.size >= rememberedAtMost) rightUntil.clear();
    rightUntil.set(digest, now() + rememberMs);
  }
}

async function matches(password: string, hash: string, onHash: (cost: number) => void): Promise<boolean> {
  const [scheme, cost, salt, key] = hash.split('$');
  if (scheme !== 'scrypt' || cost === undefined || salt === undefined || key === undefined) return false;
  const expected = Buffer.from(key, 'base64');
  onHash(Number(cost));
  const actual = await derive(password, Buffer.from(salt, 'base64'), Number(cost));
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

function formatHash(cost: number, salt: Buffer, key: Buffer): string {
  return ['scrypt', cost, salt.toString('base64'), key.toString('base64')].join('$');
}

function derive(password: string, salt: Buffer, cost: number): Promise<Buffer> {
  const options: ScryptOptions = { N: cost, r: blockSize, p: 1, maxmem: 256 * cost * blockSize };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, keyBytes, options, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
}
