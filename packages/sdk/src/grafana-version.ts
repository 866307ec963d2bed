/** The Grafana that asks, as far as it says. */
export interface GrafanaVersion {
  /** `12.4.0`, or `0.0.0` when it is not known. */
  readonly version: string;
  /** Go's words: `linux`, `amd64`; `unknown` when they are not known. */
  readonly os: string;
  readonly arch: string;
  /**
   * True when it is this version or a later one; what is not known is not. Parts that are left out are 0, and a
   * pre-release counts as its release.
   */
  atLeast(version: string): boolean;
}

/** Reads `Grafana/<version> (<os>; <arch>)`. Never fails: what is no such text is an unknown Grafana, as in its SDK. */
export function parseUserAgent(text: string): GrafanaVersion {
  const found = /^Grafana\/(\d+\.\d+\.\d+\S*) \(([a-zA-Z0-9]+); ([a-zA-Z0-9]+)\)$/.exec(text);
  const [, version = '0.0.0', os = 'unknown', arch = 'unknown'] = found ?? [];
  const own = numbersOf(version);
  return {
    version,
    os,
    arch,
    atLeast(wanted) {
      if (found === null) return false;
      const other = numbersOf(wanted);
      for (const [i, part] of own.entries()) if (part !== other[i]) return part > (other[i] ?? 0);
      return true;
    },
  };
}

function numbersOf(version: string): readonly [number, number, number] {
  const [major = 0, minor = 0, patch = 0] = version.split(/[-+]/)[0]?.split('.').map(Number) ?? [];
  return [major, minor, patch];
}
