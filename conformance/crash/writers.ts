import type { Random } from '../fuzz/random.ts';

/** What is stored of a data source: its revision stands in `jsonData` and in its secret. Undefined: there is none. */
export type State = number | undefined;

/** Sends a request as the administrator. Rejects when the server is gone. */
export type Send = (method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: object) => Promise<{ status: number; body: unknown }>;

/** One data source with what is known of it. */
export interface Slot {
  readonly uid: string;
  /** As the server has acknowledged it last. */
  known: State;
  /** What a write under way would make of it. */
  pending: { readonly state: State } | undefined;
}

/** What all secrets begin with. */
export const SECRET_START = 'secret of ';
/** The secret that belongs to a revision. */
export const tokenOf = ({ uid }: Slot, revision: number): string => `${SECRET_START}${uid} at ${revision}`;

/**
 * Changes the data sources of one writer, one after another, until the server is gone.
 *
 * @param onAcknowledged is called for each write that was answered
 * @throws Error when a write is answered by anything but 200
 */
export async function writeUntilGone(slots: readonly Slot[], random: Random, { send, onAcknowledged }: WriterOptions): Promise<void> {
  for (;;) {
    const slot = slots[random.below(slots.length)] as Slot;
    const state = slot.known !== undefined && random.below(5) === 0 ? undefined : nextRevision++;
    slot.pending = { state };
    const answer = await write(slot, state, send).catch(() => undefined);
    if (answer === undefined) return;
    if (answer.status !== 200) throw new Error(`${slot.uid}: ${answer.status} ${JSON.stringify(answer.body)}`);
    slot.known = state;
    slot.pending = undefined;
    onAcknowledged();
  }
}

export interface WriterOptions {
  readonly send: Send;
  readonly onAcknowledged: () => void;
}

let nextRevision = 1;

function write(slot: Slot, state: State, send: Send) {
  const path = `/api/datasources/uid/${slot.uid}`;
  if (state === undefined) return send('DELETE', path);
  const body = {
    name: slot.uid,
    uid: slot.uid,
    type: 'acme-tells-datasource',
    access: 'proxy',
    jsonData: { revision: state },
    secureJsonData: { token: tokenOf(slot, state) },
  };
  return slot.known === undefined ? send('POST', '/api/datasources', body) : send('PUT', path, body);
}

/**
 * Asks for a data source, through its plugin, and takes what is there as known.
 *
 * @returns what is wrong with it, or undefined
 */
export async function look(slot: Slot, send: Send): Promise<string | undefined> {
  const path = `/api/datasources/uid/${slot.uid}`;
  const isThere = (await send('GET', path)).status !== 404;
  const { status, body } = isThere ? await send('GET', `${path}/health`) : { status: 404, body: undefined };
  const allowed = [slot.known, ...(slot.pending === undefined ? [] : [slot.pending.state])];
  const found = isThere ? readHealth(body) : undefined;
  slot.pending = undefined;
  slot.known = found?.revision;
  if (isThere && found === undefined) return `${slot.uid}: ${status} ${JSON.stringify(body)}`;
  if (!allowed.includes(found?.revision)) return `${slot.uid}: ${found?.revision ?? 'nothing'} is there instead of ${allowed.join(' or ')}`;
  if (found !== undefined && found.token !== tokenOf(slot, found.revision)) return `${slot.uid}: its secret is ${found.token}`;
  return undefined;
}

function readHealth(body: unknown): { readonly revision: number; readonly token: string } | undefined {
  const { message } = body as { readonly message?: string };
  try {
    const [revision, token] = JSON.parse(message ?? '') as [number, string];
    return { revision, token };
  } catch {
    return undefined; // no answer of our plugin; the status says more
  }
}
