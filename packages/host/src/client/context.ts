import type * as pluginv2 from '@backplane/protocol/pluginv2';
import type { AppSettings, DataSourceSettings, PluginContext } from './types.ts';

/** The plugin that a client calls. */
export interface PluginIdentity {
  readonly pluginId: string;
  readonly pluginVersion: string;
}

const utf8 = new TextEncoder();

/** Text as bytes of UTF-8. */
export function toBytes(text: string): Uint8Array {
  return utf8.encode(text);
}

/** A number without fraction as the wire has it. */
export function toInt64(value: number | bigint): bigint {
  return typeof value === 'bigint' ? value : BigInt(Math.trunc(value));
}

/** Context for the wire: genuine plugins panic without one, so it is always there. */
export function toProtoContext({ pluginId, pluginVersion }: PluginIdentity, context: PluginContext): pluginv2.PluginContext {
  const { user, app, dataSource } = context;
  return {
    orgId: toInt64(context.orgId),
    pluginId,
    pluginVersion,
    user: user && { login: user.login, name: user.name, email: user.email, role: user.role },
    appInstanceSettings: app && toProtoApp(app),
    dataSourceInstanceSettings: dataSource && toProtoDataSource(dataSource),
    grafanaConfig: context.config,
    userAgent: context.userAgent,
    apiVersion: context.apiVersion ?? '',
    namespace: context.namespace ?? '',
  };
}

function toProtoApp(app: AppSettings): pluginv2.AppInstanceSettings {
  return {
    jsonData: toBytes(app.jsonData),
    decryptedSecureJsonData: app.secureJsonData,
    lastUpdatedMS: toInt64(app.updatedAtMs),
    apiVersion: app.apiVersion,
  };
}

/** The type is not sent: plugins take their own id for it. */
function toProtoDataSource(source: DataSourceSettings): pluginv2.DataSourceInstanceSettings {
  return {
    id: toInt64(source.id),
    uid: source.uid,
    name: source.name,
    url: source.url,
    user: source.user,
    database: source.database,
    basicAuthEnabled: source.basicAuthEnabled,
    basicAuthUser: source.basicAuthUser,
    jsonData: toBytes(source.jsonData),
    decryptedSecureJsonData: source.secureJsonData,
    lastUpdatedMS: toInt64(source.updatedAtMs),
    apiVersion: source.apiVersion,
  };
}
