// Stands in for @grafana/ui 12.4.0, which wants a package from GitHub and cannot be installed from a registry alone.
// Of @grafana/runtime two files import it: a picker that draws, which our page never does, and one with a debug logger.

/** Components; they draw nothing. */
export const [Select, Stack, PluginSignatureBadge] = [() => null, () => null, () => null];

/** A logger that says nothing. */
export function createLogger(name) {
  return { name, logger: () => undefined, enable: () => undefined, disable: () => undefined, isEnabled: () => false };
}

/** Would hang a logger on `window._debug`. */
export function attachDebugger() {}
