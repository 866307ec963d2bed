import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const shortestSecret = 6; // what is shorter could be anywhere by chance

/** The secrets that one server of the suite was given. None may be in what it answers, logs or keeps in files. */
export class SecretSearch {
  readonly #secrets = new Set<string>();

  /** @param env variables of the server; those that are called so are secrets */
  constructor(env: Readonly<Record<string, string>> = {}) {
    for (const [name, value] of Object.entries(env)) if (/PASSWORD|SECRET|TOKEN/.test(name)) this.learn(value);
  }

  get size(): number {
    return this.#secrets.size;
  }

  learn(...values: readonly unknown[]): void {
    for (const value of values) if (typeof value === 'string' && value.length >= shortestSecret) this.#secrets.add(value);
  }

  /** Passwords, and secrets of data sources and apps, in the body of a request. */
  learnFromBody(text: string): void {
    try {
      const { secureJsonData, password, oldPassword, newPassword } = JSON.parse(text) as Readonly<Record<string, unknown>>;
      this.learn(password, oldPassword, newPassword, ...Object.values(secureJsonData ?? {}));
    } catch {
      // what is no JSON is sent, too
    }
  }

  /** The secrets that are in a text. */
  find(text: string): string[] {
    return [...this.#secrets].filter((secret) => text.includes(secret));
  }

  /** The secrets that an answer should not have: what plugins and upstreams say is theirs. */
  findInAnswer(url: string, { headers, body }: { readonly headers: string; readonly body: string }): string[] {
    return this.find(isPassedOn(url) ? headers : `${headers}\n${body}`);
  }

  /** A line for every file below a folder that has one in it. */
  async findBelow(folder: string): Promise<string[]> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    const found = await Promise.all(
      files.map(async (file) => this.find(await readFile(file, 'latin1')).map((secret) => `${file} has the secret ${secret} in it`)),
    );
    return found.flat();
  }
}

/** Paths whose answers plugins and upstreams write; a plugin may tell its own secrets. */
export function isPassedOn(url: string): boolean {
  return /^\/api\/(?:ds\/query|plugin-proxy\/|datasources\/proxy\/|(?:datasources|plugins)\/.*\/(?:resources|health)(?:[/?]|$)|plugins\/[^/]+\/metrics)/.test(
    url,
  );
}
