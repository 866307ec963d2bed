import type { PluginManifest } from '../manifest/index.ts';

/**
 * Fills what a plugin.json leaves to its surroundings: placeholders that a build should have replaced count as empty,
 * and a nested plugin without version or date has those of the plugin around it, as in Grafana's bootstrap stage.
 */
export function completeManifest(manifest: PluginManifest, parent: PluginManifest | undefined): PluginManifest {
  const { info } = manifest;
  const version = withoutPlaceholder(info.version) || (parent?.info.version ?? '');
  const updated = withoutPlaceholder(info.updated) || (parent?.info.updated ?? '');
  return { ...manifest, info: { ...info, version, updated } };
}

function withoutPlaceholder(text: string): string {
  return text === '%VERSION%' || text === '%TODAY%' ? '' : text;
}
