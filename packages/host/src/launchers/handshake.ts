import { lstatSync } from 'node:fs';
import { dirname } from 'node:path';
import { type AutoMtlsOffer, type Handshake, parseHandshake } from '@backplane/protocol/goplugin';
import type { Address, MutualTls } from '@backplane/protocol/grpc';
import { describeError, HostError } from '../errors/index.ts';
import { readFirstLine } from './first-line.ts';
import { isThisMachine } from './plugin-address.ts';
import type { PluginProcess } from './plugin-process.ts';
import { within } from './within.ts';

/** The longest line that go-plugin's host takes. */
const maxLineBytes = 64 * 1024;
/** How long a process that closed its output may take to end by itself. */
const exitWaitMs = 500;

const maxDetailLength = 1_000;

/** Limits of a start. */
export interface HandshakeOptions {
  readonly startTimeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /** What the plugin was offered, when it was asked for TLS. */
  readonly offer: AutoMtlsOffer | undefined;
  /** Folder that its socket has to be in; undefined for any address. */
  readonly onlyFolder: string | undefined;
}

/** Where to call a plugin, and how. */
export interface Destination {
  readonly address: Address;
  readonly tls: MutualTls | undefined;
}

/**
 * Reads the handshake of a plugin from the first line on its stdout.
 *
 * The caller removes the process after a failure.
 *
 * @throws HostError `handshake_…`, or the signal's reason
 */
export async function readHandshake(
  plugin: PluginProcess,
  { startTimeoutMs, signal, offer, onlyFolder }: HandshakeOptions,
): Promise<Destination> {
  const reading = readFirstLine(plugin.child.stdout, maxLineBytes);
  // After its exit its output ends by itself, unless a grandchild holds the pipe: then there is no line to come.
  const silent = plugin.exited.then(() => within(reading.result, exitWaitMs)).then((first) => first ?? ({ kind: 'closed' } as const));
  const first = await within(untilAborted(Promise.race([reading.result, silent]), signal), startTimeoutMs);
  if (first === undefined) {
    throw new HostError('handshake_timeout', { ...plugin.startFacts(), waitedMs: startTimeoutMs, partialLine: reading.partial() });
  }
  if (first.kind === 'closed') {
    await within(plugin.exited, exitWaitMs);
    await plugin.lastWords();
    throw new HostError('handshake_missing', plugin.startFacts());
  }
  if (first.kind === 'too-long') {
    const detail = `Unrecognized remote plugin message: Failed to read any lines from plugin's stdout; its first line is longer than ${first.maxBytes} bytes`;
    throw new HostError('handshake_invalid', { ...plugin.startFacts(), detail });
  }
  try {
    const handshake = parseHandshake(first.text);
    if (onlyFolder !== undefined) assertSocketIn(onlyFolder, handshake.address);
    return agree(handshake, offer);
  } catch (cause) {
    throw new HostError('handshake_invalid', { ...plugin.startFacts(), detail: cut(describeError(cause)) }, { cause });
  }
}

/** A line that was too odd to understand may have 64 KiB. */
function cut(text: string): string {
  return text.length <= maxDetailLength ? text : `${text.slice(0, maxDetailLength)}…`;
}

/** A link would lead out of the folder. */
function assertSocketIn(folder: string, address: Address): void {
  const isInside = address.network === 'unix' && dirname(address.path) === folder;
  if (isInside && lstatSync(address.path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return;
  throw new Error('its address is no socket in PLUGIN_UNIX_SOCKET_DIR, which is all that a sandbox without network lets out');
}

function agree(handshake: Handshake, offer: AutoMtlsOffer | undefined): Destination {
  const { address, serverCert } = handshake;
  if (offer !== undefined) return { address, tls: offer.accept(handshake) };
  if (serverCert !== undefined) throw new Error('it offers a certificate, but was not asked for TLS');
  if (address.network === 'tcp' && !isThisMachine(address.host)) {
    throw new Error(
      `its address ${address.host} is on another machine, where anybody between could read secrets; give it as one of the addresses, with TLS`,
    );
  }
  return { address, tls: undefined };
}

/** Settles as the promise does, or rejects with the reason of the signal. */
export function untilAborted<Value>(promise: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return promise;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', onAbort));
}
