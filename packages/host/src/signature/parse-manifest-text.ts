import { z } from 'zod';
import { SIGNATURE_TYPES, type SignedManifest } from './types.ts';

/** A MANIFEST.txt that says too little or something else, in words. */
export class SignatureFault extends Error {
  override readonly name = 'SignatureFault';
}

const filled = (field: string) => z.string({ error: () => `${field} is missing or no text` }).min(1, `${field} is empty`);

const schema = z.object({
  plugin: filled('plugin'),
  version: filled('version'),
  keyId: filled('keyId'),
  time: z.number({ error: () => 'time is missing or no number' }).refine((time) => time !== 0, 'time is zero'),
  manifestVersion: z
    .string({ error: () => 'manifestVersion is missing; sign the plugin again with a current tool' })
    .refine((version) => /^2\.\d+(\.\d+)?$/.test(version), 'manifestVersion is not 2.x; sign the plugin again with a current tool'),
  signatureType: z.enum(SIGNATURE_TYPES, {
    error: ({ input }) => `signatureType ${JSON.stringify(input) ?? '(missing)'} is not one of ${SIGNATURE_TYPES.join(', ')}`,
  }),
  signedByOrg: filled('signedByOrg'),
  signedByOrgName: filled('signedByOrgName'),
  rootUrls: z.array(z.string(), { error: () => 'rootUrls is no list of texts' }).nullish(),
  files: z.record(z.string(), z.string(), { error: () => 'files is missing or no list of hashes by path' }),
});

/**
 * Reads the JSON that stands between the lines of a clear-signed MANIFEST.txt.
 *
 * @throws SignatureFault naming each field that is wrong
 */
export function parseManifestText(text: string): SignedManifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new SignatureFault('its text is not JSON', { cause });
  }
  const read = schema.safeParse(json);
  if (!read.success) throw new SignatureFault(read.error.issues.map(({ message }) => message).join('; '));
  const { files, rootUrls, keyId, ...rest } = read.data;
  if (Object.keys(files).length === 0) throw new SignatureFault('files lists no file');
  return { ...rest, keyId: keyId.toLowerCase(), rootUrls: rootUrls ?? [], files: new Map(Object.entries(files)) };
}
