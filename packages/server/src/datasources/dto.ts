import { parseJson, toRawJson } from '../json/index.ts';
import { type Secrets, secretFields } from '../secrets/index.ts';
import type { DataSource } from './data-source.ts';

/** What the API adds from the plugin. */
export interface PluginFace {
  readonly typeName: string;
  readonly typeLogoUrl: string;
}

/** A data source as the API shows it; secrets are named, never shown. */
export function toDto(dataSource: DataSource, secrets: Secrets, face: PluginFace): Record<string, unknown> {
  return {
    id: dataSource.id,
    uid: dataSource.uid,
    orgId: dataSource.orgId,
    name: dataSource.name,
    type: dataSource.type,
    typeLogoUrl: face.typeLogoUrl,
    access: dataSource.access,
    url: dataSource.url,
    user: dataSource.user,
    database: dataSource.database,
    basicAuth: dataSource.basicAuth,
    basicAuthUser: dataSource.basicAuthUser,
    withCredentials: dataSource.withCredentials,
    isDefault: dataSource.isDefault,
    jsonData: toRawJson(parseJson(dataSource.jsonData)),
    secureJsonFields: secretFields(secrets),
    version: dataSource.version,
    readOnly: dataSource.readOnly,
    apiVersion: dataSource.apiVersion,
  };
}

/** The shorter form in the list of data sources. */
export function toListItem(dataSource: DataSource, face: PluginFace): Record<string, unknown> {
  return {
    id: dataSource.id,
    uid: dataSource.uid,
    orgId: dataSource.orgId,
    name: dataSource.name,
    type: dataSource.type,
    typeName: face.typeName,
    typeLogoUrl: face.typeLogoUrl,
    access: dataSource.access,
    url: dataSource.url,
    user: dataSource.user,
    database: dataSource.database,
    basicAuth: dataSource.basicAuth,
    isDefault: dataSource.isDefault,
    jsonData: toRawJson(parseJson(dataSource.jsonData)),
    readOnly: dataSource.readOnly,
  };
}
