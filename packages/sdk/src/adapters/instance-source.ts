import type { PluginContext as ProtoPluginContext } from '@backplane/protocol/pluginv2';
import type { Plugin, RawInstanceSettings } from '../plugin.ts';

const noBytes = new Uint8Array(0);

/** Where an instance comes from: which one it is, and by which settings. */
export interface InstanceSource {
  readonly key: string;
  readonly settings: RawInstanceSettings;
}

/**
 * Reads the settings of a call.
 *
 * One instance stands for one data source, or for an app in one organisation; tenants never share one.
 * A host that sends no settings gets an instance of empty ones.
 */
export function toInstanceSource(
  kind: Plugin['kind'],
  context: ProtoPluginContext | undefined,
  tenant: string | undefined,
): InstanceSource {
  const settings = kind === 'datasource' ? dataSourceSettings(context) : appSettings(context);
  const within = [tenant ?? '', context?.namespace ?? '', context?.orgId ?? 0n];
  const which = settings.kind === 'datasource' ? [settings.uid, settings.id] : [];
  return { key: [...within, ...which].join('\n'), settings };
}

function dataSourceSettings(context: ProtoPluginContext | undefined): RawInstanceSettings {
  const source = context?.dataSourceInstanceSettings;
  return {
    kind: 'datasource',
    id: Number(source?.id ?? 0n),
    uid: source?.uid ?? '',
    type: context?.pluginId ?? '',
    name: source?.name ?? '',
    url: source?.url ?? '',
    user: source?.user ?? '',
    database: source?.database ?? '',
    basicAuthEnabled: source?.basicAuthEnabled ?? false,
    basicAuthUser: source?.basicAuthUser ?? '',
    jsonData: source?.jsonData ?? noBytes,
    secure: source?.decryptedSecureJsonData ?? {},
    updatedAtMs: Number(source?.lastUpdatedMS ?? 0n),
    apiVersion: source?.apiVersion ?? '',
  };
}

function appSettings(context: ProtoPluginContext | undefined): RawInstanceSettings {
  const app = context?.appInstanceSettings;
  return {
    kind: 'app',
    jsonData: app?.jsonData ?? noBytes,
    secure: app?.decryptedSecureJsonData ?? {},
    updatedAtMs: Number(app?.lastUpdatedMS ?? 0n),
    apiVersion: app?.apiVersion ?? '',
  };
}

/** True when an instance opened for one serves the other: the update stamp and everything that a plugin can read are equal. */
export function sameSource({ settings: a }: InstanceSource, { settings: b }: InstanceSource): boolean {
  return (
    a.updatedAtMs === b.updatedAtMs &&
    Buffer.compare(a.jsonData, b.jsonData) === 0 &&
    sameTexts(a.secure, b.secure) &&
    Object.entries(a).every(([key, value]) => typeof value === 'object' || value === b[key as keyof typeof b])
  );
}

/** The source, fit to outlive its request: the bytes are views on a received message. */
export function keepSource({ key, settings }: InstanceSource): InstanceSource {
  return { key, settings: { ...settings, jsonData: settings.jsonData.slice() } };
}

function sameTexts(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
