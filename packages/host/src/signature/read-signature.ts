import { join } from 'node:path';
import { readWholeFile } from '../manifest/index.ts';
import { findFileDifference, MANIFEST_FILE } from './check-files.ts';
import { matchesRootUrl } from './match-root-url.ts';
import { parseManifestText, SignatureFault } from './parse-manifest-text.ts';
import { GRAFANA_KEY_ID, type PluginSignature, type SignaturePolicy, type SignedManifest } from './types.ts';
import { type Standing, verifyClearSigned } from './verify-text.ts';

/** Shorter is no signature but an empty file, as Grafana sees it. */
const MIN_BYTES = 10;
/** A list of a few thousand files takes less than one megabyte. */
const MAX_BYTES = 16 << 20;

/** The plugin that MANIFEST.txt should be about. */
export interface SignedPlugin {
  readonly id: string;
  readonly version: string;
  /** Absolute path of the folder with plugin.json. */
  readonly folder: string;
}

/**
 * Finds out whether a plugin is as somebody trusted signed it. Whatever is wrong with its MANIFEST.txt is a state with a
 * reason; it rejects only when the folder itself cannot be read.
 */
export async function readSignature(plugin: SignedPlugin, policy: SignaturePolicy): Promise<PluginSignature> {
  const file = await readManifestFile(join(plugin.folder, MANIFEST_FILE));
  if ('reason' in file) return { state: 'unsigned', reason: file.reason };
  try {
    return await judge(plugin, file.message, policy);
  } catch (error) {
    if (error instanceof SignatureFault) return { state: 'invalid', reason: `${MANIFEST_FILE}: ${error.message}` };
    throw error;
  }
}

async function judge(plugin: SignedPlugin, message: string, policy: SignaturePolicy): Promise<PluginSignature> {
  const { text, standing } = await verifyClearSigned(message, policy.trustRoots);
  const manifest = parseManifestText(text);
  // The one signature that may pass unchecked is Grafana's, as long as nobody has told us its key.
  const isExcused = standing.kind === 'unknown-key' && manifest.keyId === GRAFANA_KEY_ID && policy.requireKnownKey !== true;
  if (!isExcused) assertSigner(manifest, standing);
  if (manifest.plugin !== plugin.id) return modified(`it is signed as ${manifest.plugin}, not as ${plugin.id}`);
  if (manifest.version !== plugin.version) return modified(`version ${manifest.version} was signed, not ${plugin.version}`);
  assertRootUrl(manifest, policy.rootUrl);
  const difference = await findFileDifference(plugin.folder, manifest.files);
  if (difference !== undefined) return modified(difference);
  const { signatureType: type, signedByOrgName: org, keyId } = manifest;
  return { state: isExcused ? 'unverified' : 'valid', type, org, keyId };
}

function assertSigner({ keyId }: SignedManifest, standing: Standing): void {
  switch (standing.kind) {
    case 'unknown-key':
      throw new SignatureFault(`it is signed by key ${keyId}, which is not trusted; add that key to the trust roots`);
    case 'bad':
      throw new SignatureFault(`its signature does not hold: ${standing.reason}`);
    case 'signed':
      if (standing.keyId !== keyId) throw new SignatureFault(`it names key ${keyId} but was signed by ${standing.keyId}`);
  }
}

function assertRootUrl({ rootUrls, signatureType }: SignedManifest, rootUrl: string | undefined): void {
  if (rootUrls.length === 0 || (rootUrl !== undefined && matchesRootUrl(rootUrls, rootUrl, signatureType))) return;
  throw new SignatureFault(
    `it is signed for ${rootUrls.join(', ')}, but this server is ${rootUrl ?? 'without an address'}; set root_url, or sign it for that`,
  );
}

function modified(reason: string): PluginSignature {
  return { state: 'modified', reason };
}

/** The text, or why there is none: a file that cannot be read counts as absent, as in Grafana. */
async function readManifestFile(path: string): Promise<{ readonly message: string } | { readonly reason: string }> {
  try {
    const message = await readWholeFile(path, MAX_BYTES);
    return message.length < MIN_BYTES ? { reason: `its ${MANIFEST_FILE} is empty` } : { message };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { reason: code === 'ENOENT' ? `it has no ${MANIFEST_FILE}` : `its ${MANIFEST_FILE} cannot be read: ${message}` };
  }
}
