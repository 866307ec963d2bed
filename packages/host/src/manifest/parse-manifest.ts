import type { z } from 'zod';
import { HostError } from '../errors/index.ts';
import { locateJsonFailure } from './json-position.ts';
import { emptyDependencies, emptyInfo, manifestSchema } from './schema.ts';
import type { PluginManifest } from './types.ts';

/**
 * Ids stand in paths, URLs and names of loggers. Grafana's catalog wants more (lower case, at most two parts and the type),
 * but its reader takes any text, and plugins that everybody runs, such as grafana-azure-monitor-datasource, have more parts.
 */
const idPattern = /^[0-9A-Za-z]([._-]?[0-9A-Za-z])*$/;
const maxIdLength = 190;

/**
 * Reads the text of a plugin.json.
 *
 * @param text content of the file; a byte order mark is allowed
 * @param file path for messages
 * @throws HostError `manifest_not_json`, `manifest_invalid`, `plugin_id_invalid`
 */
export function parseManifest(text: string, file: string): PluginManifest {
  const raw = parseJson(text.startsWith('\ufeff') ? text.slice(1) : text, file);
  const parsed = manifestSchema.safeParse(raw);
  if (!parsed.success) {
    throw new HostError('manifest_invalid', { file, pluginId: idOf(raw), issues: parsed.error.issues.map(formatIssue) });
  }
  const { aliasIDs, routes, info, dependencies, ...fields } = parsed.data;
  if (fields.id.length > maxIdLength || !idPattern.test(fields.id)) throw new HostError('plugin_id_invalid', { file, pluginId: fields.id });
  return {
    ...fields,
    aliasIds: aliasIDs,
    info: info ?? emptyInfo,
    dependencies: dependencies ?? emptyDependencies,
    routes: routes.map(({ path, method, url, reqRole, reqAction, ...rest }) => ({
      path,
      method,
      url,
      reqRole,
      reqAction,
      raw: { path, method, url, reqRole, reqAction, ...rest },
    })),
    raw: raw as Readonly<Record<string, unknown>>,
  };
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HostError('manifest_not_json', { file, ...locateJsonFailure(text) }, { cause });
  }
}

function idOf(raw: unknown): string | undefined {
  const id = typeof raw === 'object' && raw !== null && 'id' in raw ? raw.id : undefined;
  return typeof id === 'string' && id !== '' ? id : undefined;
}

function formatIssue({ path, message }: z.core.$ZodIssue): string {
  const where = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return where === '' ? message : `${where.slice(1)}: ${message}`;
}
