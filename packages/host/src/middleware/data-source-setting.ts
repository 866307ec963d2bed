import type { PluginContext } from '../client/index.ts';

/**
 * One key of the settings (`jsonData`) of the data source that a call is for; undefined without data source or key, and
 * in settings that are no JSON. They are parsed only when their text can have the key: most have none, and calls are many.
 */
export function dataSourceSetting(request: { readonly context?: PluginContext | undefined }, key: string): unknown {
  const jsonData = request.context?.dataSource?.jsonData ?? '';
  if (!jsonData.includes(`"${key}"`)) return undefined;
  try {
    return (JSON.parse(jsonData) as Record<string, unknown> | null)?.[key];
  } catch {
    return undefined; // the plugin itself will say so
  }
}
