import { SERVER_ERROR_CODES, type ServerErrorRow } from '@backplane/server';
import { isPassedOn, type SecretSearch } from '../../support/secret-search.ts';

/** One request with its answer, as it passed. */
export interface Exchange {
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  readonly requestBody: Uint8Array;
  /** Undefined: the connection ended without an answer; `error` says how. */
  readonly answer: { readonly status: number; readonly headers: string; readonly body: Uint8Array } | undefined;
  readonly error?: string;
  readonly tookMs: number;
}

/** What answers are counted as, and what is wrong with them. */
export class Tally {
  readonly statuses = new Map<number, number>();
  /** Errors of plugins and of what is behind proxies, by status and text. */
  readonly foreignErrors = new Map<string, number>();
  readonly failures: string[] = [];
  slowest = { ms: 0, what: '' };
  requests = 0;
  readonly #secrets: SecretSearch;

  constructor(secrets: SecretSearch) {
    this.#secrets = secrets;
  }

  add(exchange: Exchange): void {
    const { method, url, answer, tookMs } = exchange;
    const what = `${method} ${url.slice(0, 200)}`;
    this.requests++;
    if (tookMs > this.slowest.ms) this.slowest = { ms: tookMs, what };
    if (answer === undefined) {
      this.#fail(exchange, `no answer: ${exchange.error}`);
      return;
    }
    count(this.statuses, answer.status);
    const text = Buffer.from(answer.body).toString('latin1');
    if (answer.status >= 500) {
      const shown = `${answer.status} ${text.slice(0, 200)}`;
      if (isForeignError(url, answer.status, text))
        count(this.foreignErrors, `${answer.status} ${isPassedOn(url) ? '' : text.slice(0, 120)}`);
      else this.#fail(exchange, shown);
    }
    const { headers } = answer;
    for (const secret of this.#secrets.findInAnswer(url, { headers, body: text }))
      this.#fail(exchange, `the answer has a secret in it: ${secret}`);
  }

  #fail({ method, url, requestBody }: Exchange, why: string): void {
    const body = requestBody.length === 0 ? '' : ` with ${JSON.stringify(Buffer.from(requestBody.subarray(0, 500)).toString())}`;
    this.failures.push(`${method} ${url.slice(0, 500)}${body}: ${why}`);
  }
}

function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Whether an error of the server's kind is not the server's fault: the table of its codes says whose each is. */
function isForeignError(url: string, status: number, text: string): boolean {
  const rows = Object.values(SERVER_ERROR_CODES as Record<string, ServerErrorRow>).filter(({ reply }) => isReply(reply, status, text));
  if (rows.length > 0) return rows.some(({ fault }) => fault === 'plugin' || fault === 'downstream');
  return isPassedOn(url);
}

function isReply(reply: ServerErrorRow['reply'], status: number, text: string): boolean {
  if (reply === undefined || reply.status !== status) return false;
  if (reply.form === 'empty') return text === '';
  return (
    text.includes(`"message":${JSON.stringify(reply.text)}`) && (reply.messageId === undefined || text.includes(`"${reply.messageId}"`))
  );
}
