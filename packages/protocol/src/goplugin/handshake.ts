import { ProtocolError, quote } from '../errors/index.ts';
import type { Address } from '../grpc/index.ts';
import { APP_PROTOCOL_VERSION, CORE_PROTOCOL_VERSION } from './environment.ts';
import { parseTcpAddress } from './tcp-address.ts';

/** What a plugin says about itself in its first line on stdout. */
export interface Handshake {
  readonly coreVersion: typeof CORE_PROTOCOL_VERSION;
  readonly appVersion: typeof APP_PROTOCOL_VERSION;
  readonly address: Address;
  readonly protocol: 'grpc';
  /** DER bytes of the certificate that the plugin serves with, when it answers AutoMTLS. */
  readonly serverCert?: Uint8Array | undefined;
}

/*
 * The line: CORE "|" APP "|" NETWORK "|" ADDRESS "|" PROTOCOL "|" SERVERCERT [ "|" MUX ] LF
 *
 * | # | field | value |
 * |---|---|---|
 * | 1 | core protocol | 1 |
 * | 2 | app protocol | 2 |
 * | 3 | network | unix, tcp |
 * | 4 | address | socket path, or host:port with or without a host |
 * | 5 | protocol | grpc; netrpc when the field is missing |
 * | 6 | certificate | base64 of DER without padding; empty, missing, or up to 50 characters of anything: none |
 * | 7 | multiplexing | read by hosts that ask for it, which this one does not |
 */

/** Shorter sixth fields are leftovers of old plugins, no certificates. */
const LONGEST_NON_CERTIFICATE = 50;

/**
 * Reads the first line that a plugin wrote to stdout, or `undefined` when its stdout closed without one.
 *
 * @throws ProtocolError `handshake_…`, whose text begins as go-plugin's does
 */
export function parseHandshake(line: string | undefined): Handshake {
  const trimmed = line?.trim() ?? '';
  const [core = '', app = '', network, address, protocol = 'netrpc', certificate = ''] = trimmed.split('|');
  if (network === undefined || address === undefined) {
    throw new ProtocolError('handshake_unrecognized', { line: trimmed, sawLine: line !== undefined });
  }
  checkCoreVersion(core);
  checkAppVersion(app);
  const handshake = {
    coreVersion: CORE_PROTOCOL_VERSION,
    appVersion: APP_PROTOCOL_VERSION,
    address: parseAddress(network, address),
    protocol: 'grpc',
  } as const;
  if (protocol !== 'grpc') throw new ProtocolError('handshake_protocol_unsupported', { protocol });
  return certificate.length > LONGEST_NON_CERTIFICATE ? { ...handshake, serverCert: parseCertificate(certificate) } : handshake;
}

/** Writes the line, LF included: six fields, as a genuine plugin that is not asked for multiplexing. */
export function formatHandshake({ address, serverCert }: Pick<Handshake, 'address' | 'serverCert'>): string {
  const where =
    address.network === 'unix' ? address.path : `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;
  const certificate = serverCert === undefined ? '' : Buffer.from(serverCert).toString('base64').replace(/=+$/, '');
  return `${CORE_PROTOCOL_VERSION}|${APP_PROTOCOL_VERSION}|${address.network}|${where}|grpc|${certificate}\n`;
}

function checkCoreVersion(value: string): void {
  const { number, reason } = parseGoInteger(value);
  if (reason !== undefined) throw new ProtocolError('handshake_core_unparsable', { value, reason });
  if (number !== CORE_PROTOCOL_VERSION) throw new ProtocolError('handshake_core_incompatible', { value });
}

function checkAppVersion(value: string): void {
  const { number, reason } = parseGoInteger(value);
  if (reason !== undefined) throw new ProtocolError('handshake_app_unparsable', { value, reason });
  if (number !== APP_PROTOCOL_VERSION) {
    throw new ProtocolError('handshake_app_incompatible', { value: number, accepted: APP_PROTOCOL_VERSION });
  }
}

function parseAddress(network: string, address: string): Address {
  if (network === 'unix') return { network, path: address };
  if (network === 'tcp') return parseTcpAddress(address);
  throw new ProtocolError('handshake_network_unknown', { network, address });
}

function parseCertificate(text: string): Uint8Array {
  const bad = /[^A-Za-z0-9+/]/.exec(text);
  if (bad !== null || text.length % 4 === 1) {
    throw new ProtocolError('handshake_cert_invalid', { reason: `illegal base64 data at input byte ${bad?.index ?? text.length - 1}` });
  }
  const der = Uint8Array.from(Buffer.from(text, 'base64'));
  try {
    const { X509Certificate } = process.getBuiltinModule('node:crypto');
    new X509Certificate(der);
  } catch (cause) {
    throw new ProtocolError('handshake_cert_invalid', { reason: cause instanceof Error ? cause.message : String(cause) }, { cause });
  }
  return der;
}

/** A decimal as Go's `strconv.Atoi` takes it, with its words when it does not. */
function parseGoInteger(text: string): { readonly number: number; readonly reason?: string } {
  if (!/^[+-]?\d+$/.test(text)) return { number: 0, reason: `strconv.Atoi: parsing ${quote(text)}: invalid syntax` };
  const value = BigInt(text.replace(/^\+/, ''));
  if (BigInt.asIntN(64, value) !== value) return { number: 0, reason: `strconv.Atoi: parsing ${quote(text)}: value out of range` };
  return { number: Number(value) };
}
