import { sep } from 'node:path';
import { type DiscoveredPlugin, discoverPlugin } from './discovery/index.ts';
import { assertAllowed, type PluginSignature, readSignature, type SignaturePolicy } from './signature/index.ts';

/** What vouches for a plugin: the manifest of its own folder, or that of the plugin around it. */
interface Voucher {
  readonly id: string;
  readonly folder: string;
  readonly found: Promise<PluginSignature>;
  readonly checkedAtMs: number;
}

/** A start so soon after a check does not read all files again. */
const freshMs = 10_000;

/** Lets plugins in by a policy, at load and before each later start, since files may have changed in between. */
export class SignatureGate {
  readonly #policy: SignaturePolicy | undefined;
  readonly #nowMs: () => number;
  readonly #vouchers = new Map<string, Voucher>();

  constructor(policy: SignaturePolicy | undefined, nowMs: () => number = () => performance.now()) {
    this.#policy = policy;
    this.#nowMs = nowMs;
  }

  /**
   * Reads the signature of a plugin and asks the policy. A plugin around it has to be asked about before.
   *
   * @throws HostError `signature_missing`, `signature_modified`, `signature_invalid`
   */
  async check(plugin: DiscoveredPlugin, isInternal: boolean): Promise<PluginSignature> {
    if (isInternal) return { state: 'internal' };
    if (this.#policy === undefined) return { state: 'unchecked' };
    const { manifest, folder } = plugin;
    return await this.#admit(plugin, this.#around(plugin) ?? this.#read(manifest.id, folder, manifest.info.version), this.#policy);
  }

  /**
   * Asks again before a start, about the files as they are now.
   *
   * @throws HostError `signature_…`, and what is wrong with plugin.json
   */
  async checkAgain(plugin: DiscoveredPlugin): Promise<void> {
    const voucher = this.#vouchers.get(plugin.manifest.id);
    if (voucher === undefined || this.#policy === undefined || this.#nowMs() - voucher.checkedAtMs < freshMs) return;
    const { id, folder } = voucher;
    // An upgrade may have changed the version.
    const { manifest } = await discoverPlugin(folder);
    await this.#admit(plugin, this.#read(id, folder, manifest.info.version), this.#policy);
  }

  /** By its folder, not by its id alone: somebody else's plugin may claim to be inside one that is signed. */
  #around({ parentId, folder }: DiscoveredPlugin): Voucher | undefined {
    const voucher = parentId === undefined ? undefined : this.#vouchers.get(parentId);
    return voucher !== undefined && folder.startsWith(voucher.folder + sep) ? voucher : undefined;
  }

  #read(id: string, folder: string, version: string): Voucher {
    const found = readSignature({ id, version, folder }, this.#policy as SignaturePolicy);
    return { id, folder, found, checkedAtMs: this.#nowMs() };
  }

  async #admit({ manifest, folder }: DiscoveredPlugin, voucher: Voucher, policy: SignaturePolicy): Promise<PluginSignature> {
    this.#vouchers.set(manifest.id, voucher);
    const signature = await voucher.found;
    assertAllowed(manifest.id, folder, signature, policy);
    return signature;
  }
}
