/** Who vouches for a plugin, as MANIFEST.txt says: Grafana's own words. */
export const SIGNATURE_TYPES = ['grafana', 'commercial', 'community', 'private', 'private-glob'] as const;

/** One of `SIGNATURE_TYPES`. */
export type SignatureType = (typeof SIGNATURE_TYPES)[number];

/** The text of a MANIFEST.txt: which files a plugin is made of, and who says so. */
export interface SignedManifest {
  readonly plugin: string;
  readonly version: string;
  /** Id of the key that signed it: 16 lower-case hexadecimal digits. */
  readonly keyId: string;
  readonly signatureType: SignatureType;
  readonly signedByOrg: string;
  readonly signedByOrgName: string;
  /** Addresses of the servers that may run a private plugin; empty for all. */
  readonly rootUrls: readonly string[];
  /** SHA-256 in hexadecimal by path, relative to the plugin's folder and with slashes. */
  readonly files: ReadonlyMap<string, string>;
}

/** What the files of a plugin and its MANIFEST.txt come to. */
export type PluginSignature =
  /** Nobody asked: the host has no signature policy. */
  | { readonly state: 'unchecked' }
  /** Comes with the program that runs the host. */
  | { readonly state: 'internal' }
  | { readonly state: 'valid'; readonly type: SignatureType; readonly org: string; readonly keyId: string }
  /** The files are those of the manifest, which names Grafana's key; the operator did not supply that key. */
  | { readonly state: 'unverified'; readonly type: SignatureType; readonly org: string; readonly keyId: string }
  | { readonly state: 'unsigned' | 'invalid' | 'modified'; readonly reason: string };

/** Which plugins a host loads. */
export interface SignaturePolicy {
  /** OpenPGP public keys, ASCII-armored, whose signatures count; one text may hold several keys. */
  readonly trustRoots: readonly string[];
  /** Address at which people reach this server; private plugins are signed for some addresses only. */
  readonly rootUrl?: string | undefined;
  /** Ids of plugins that load unsigned, or true for all. A bad signature is refused all the same. */
  readonly allowUnsigned?: readonly string[] | boolean | undefined;
  /**
   * Refuse plugins that name Grafana's key when `trustRoots` lacks it. By default they load once their files match
   * their manifest, with a warning: that finds damage, not malice.
   */
  readonly requireKnownKey?: boolean | undefined;
}

/** Id of the key with which Grafana Labs signs the plugins of its catalog. */
export const GRAFANA_KEY_ID = '7e4d0c6a708866e7';
