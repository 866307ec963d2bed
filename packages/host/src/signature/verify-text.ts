import { SignatureFault } from './parse-manifest-text.ts';

/** What a signature is worth. */
export type Standing =
  | { readonly kind: 'signed'; readonly keyId: string }
  /** Signed by keys that are not among the trust roots. */
  | { readonly kind: 'unknown-key' }
  | { readonly kind: 'bad'; readonly reason: string };

/**
 * Takes the text out of an OpenPGP clear-signed message and checks who signed it. A revoked key, a key that had expired
 * when it signed, and digests that are no longer safe do not count.
 *
 * @param trustRoots ASCII-armored public keys
 * @throws SignatureFault when the message is not clear-signed, or a trust root is no key
 */
export async function verifyClearSigned(
  message: string,
  trustRoots: readonly string[],
): Promise<{ readonly text: string; readonly standing: Standing }> {
  // Loaded here, because most hosts never see a signature.
  const { readCleartextMessage, readKeys, verify } = await import('openpgp');
  const signed = await readCleartextMessage({ cleartextMessage: message }).catch((cause: unknown) => {
    throw new SignatureFault('it is not clear-signed by OpenPGP', { cause });
  });
  const text = signed.getText();
  const rings = await Promise.all(
    trustRoots.map((armoredKeys, index) =>
      readKeys({ armoredKeys }).catch((cause: unknown) => {
        throw new SignatureFault(`trust root ${index + 1} is not an armored OpenPGP public key`, { cause });
      }),
    ),
  );
  const keys = rings.flat();
  const signerOf = (keyId: Parameters<(typeof keys)[number]['getKeys']>[0]) => keys.find((key) => key.getKeys(keyId).length > 0);
  if (!signed.getSigningKeyIDs().some(signerOf)) return { text, standing: { kind: 'unknown-key' } };
  const { signatures } = await verify({ message: signed, verificationKeys: keys });
  let reason = '';
  for (const { keyID, verified } of signatures) {
    const signer = signerOf(keyID);
    if (signer === undefined) continue;
    try {
      await verified;
      return { text, standing: { kind: 'signed', keyId: signer.getKeyID().toHex() } };
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
  }
  return { text, standing: { kind: 'bad', reason } };
}
