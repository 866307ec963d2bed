import { promisify } from 'node:util';
import {
  bitString,
  boolean,
  encodeDer,
  explicit,
  objectIdentifier,
  octetString,
  sequence,
  set,
  time,
  unsignedInteger,
  utf8String,
} from './der.ts';

/** A certificate with its private key: what one side of a TLS connection is known by. */
export interface Identity {
  /** The certificate, as bytes. */
  readonly der: Uint8Array;
  /** The certificate, as text. */
  readonly certPem: string;
  /** The private key, PKCS #8. Never leaves this process. */
  readonly keyPem: string;
}

/** The one name that go-plugin's peers ask for, whatever the address is. */
const CERTIFICATE_NAME = 'localhost';

const ORGANIZATION = 'Backplane';
/** A peer's clock may be late by this much. */
const CLOCK_SKEW_MS = 30_000;
/** As go-plugin's: about thirty years, longer than any process. */
const LIFETIME_MS = 262_980 * 3_600_000;

const OID = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  organizationName: '2.5.4.10',
  commonName: '2.5.4.3',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  extKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
} as const;

/** digitalSignature 0, keyEncipherment 2, keyAgreement 4, keyCertSign 5, counted from the highest bit; two bits are unused. */
const KEY_USAGE = { bits: Uint8Array.of(0b1010_1100), unusedBits: 2 } as const;
/** SAN DNS: `[2] IMPLICIT IA5String`. */
const DNS_NAME_TAG = 0x82;

const SIGNATURE_ALGORITHM = sequence(objectIdentifier(OID.ecdsaWithSha256));

/** Loaded when it is first needed: most plugins talk in plaintext, and start sooner without it. */
const crypto = () => process.getBuiltinModule('node:crypto');

/**
 * Makes a fresh key and a certificate for `localhost` that it signs itself, for either side of AutoMTLS.
 *
 * The fields are those of go-plugin's own certificates, but the key is ECDSA P-256 with SHA-256, which its peers take as
 * well and which costs far less than P-521.
 */
export async function createIdentity({ now = Date.now() }: { readonly now?: number } = {}): Promise<Identity> {
  const { privateKey, publicKey } = await promisify(crypto().generateKeyPair)('ec', { namedCurve: 'P-256' });
  const toBeSigned = describe(publicKey.export({ type: 'spki', format: 'der' }), now);
  const der = sequence(toBeSigned, SIGNATURE_ALGORITHM, bitString(crypto().sign('sha256', toBeSigned, privateKey)));
  return { der, certPem: formatPem(der), keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }) };
}

/**
 * The part that is signed (RFC 5280 §4.1): version, serial number, signature algorithm, issuer, validity, subject, public
 * key, extensions.
 */
function describe(publicKey: Uint8Array, now: number): Uint8Array {
  const name = sequence(attribute(OID.organizationName, ORGANIZATION), attribute(OID.commonName, CERTIFICATE_NAME));
  const version3 = explicit(0, unsignedInteger(Uint8Array.of(2)));
  const validity = sequence(time(new Date(now - CLOCK_SKEW_MS)), time(new Date(now + LIFETIME_MS)));
  const serialNumber = unsignedInteger(crypto().randomBytes(16));
  const extensions = explicit(3, sequence(...extensionsFor(publicKey)));
  return sequence(version3, serialNumber, SIGNATURE_ALGORITHM, name, validity, name, publicKey, extensions);
}

function attribute(oid: string, text: string): Uint8Array {
  return set(sequence(objectIdentifier(oid), utf8String(text)));
}

function extensionsFor(publicKey: Uint8Array): Uint8Array[] {
  const critical = boolean(true);
  const extension = (oid: string, value: Uint8Array, ...flags: readonly Uint8Array[]) =>
    sequence(objectIdentifier(oid), ...flags, octetString(value));
  const usages = sequence(objectIdentifier(OID.clientAuth), objectIdentifier(OID.serverAuth));
  return [
    extension(OID.keyUsage, bitString(KEY_USAGE.bits, KEY_USAGE.unusedBits), critical),
    extension(OID.extKeyUsage, usages),
    extension(OID.basicConstraints, sequence(boolean(true)), critical),
    extension(OID.subjectKeyIdentifier, octetString(crypto().createHash('sha256').update(publicKey).digest().subarray(0, 20))),
    extension(OID.subjectAltName, sequence(encodeDer(DNS_NAME_TAG, Buffer.from(CERTIFICATE_NAME)))),
  ];
}

/** A certificate as text. */
function formatPem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
