import type { DiscoveredPlugin } from './discovery/index.ts';
import { assertAllowed, type PluginSignature, readSignature, type SignaturePolicy } from './signature/index.ts';

/** Lets plugins in by a policy, and remembers what it found, since nested plugins take the signature around them. */
export class SignatureGate {
  readonly #policy: SignaturePolicy | undefined;
  readonly #found = new Map<string, Promise<PluginSignature>>();

  constructor(policy: SignaturePolicy | undefined) {
    this.#policy = policy;
  }

  /**
   * Reads the signature of a plugin and asks the policy. A plugin around it has to be asked about before.
   *
   * @throws HostError `signature_missing`, `signature_modified`, `signature_invalid`
   */
  async check(plugin: DiscoveredPlugin, isInternal: boolean): Promise<PluginSignature> {
    if (isInternal) return { state: 'internal' };
    if (this.#policy === undefined) return { state: 'unchecked' };
    const { manifest, folder, parentId } = plugin;
    const around = parentId === undefined ? undefined : this.#found.get(parentId);
    const found = around ?? readSignature({ id: manifest.id, version: manifest.info.version, folder }, this.#policy);
    this.#found.set(manifest.id, found);
    const signature = await found;
    assertAllowed(manifest.id, folder, signature, this.#policy);
    return signature;
  }
}
