import { once } from 'node:events';
import { Agent, type IncomingMessage, request as sendRequest } from 'node:http';
import { Random } from '../random.ts';
import type { Description } from './description.ts';
import { createRequests, type MadeRequest } from './requests.ts';

/** What a sender is to do. */
export interface SendJob {
  readonly description: Description;
  /** Where to, as `http://host:port`. */
  readonly base: string;
  readonly seed: number;
  /** Aborts when enough was sent: before that a sender does not end. */
  readonly signal: AbortSignal;
}

/** Sends requests until the signal of its job aborts. @returns answers that are otherwise than described, as far as it looks */
export type Sender = (job: SendJob) => Promise<readonly string[]>;

const clients = 4;

/** Our own generator: request `i` is made from `seed + i` alone. */
export const sendOwn: Sender = async ({ description, base, seed, signal }) => {
  const make = createRequests(description);
  using agent = disposable(new Agent({ keepAlive: true }), (one) => one.destroy());
  let next = seed;
  const client = async () => {
    while (!signal.aborted) await sendOne(make(new Random(next++)), base, agent.value);
  };
  await Promise.all(Array.from({ length: clients }, client));
  return [];
};

async function sendOne({ method, path, headers, body }: MadeRequest, base: string, agent: Agent): Promise<void> {
  const { hostname, port } = new URL(base);
  const call = sendRequest({ hostname, port, method, path, headers, agent });
  try {
    call.end(body);
    const [answer] = (await once(call, 'response')) as [IncomingMessage];
    for await (const _part of answer);
  } catch {
    // Whoever watches the answers has seen what came of it.
  }
}

function disposable<Value>(value: Value, dispose: (value: Value) => void): Disposable & { readonly value: Value } {
  return { value, [Symbol.dispose]: () => dispose(value) };
}
