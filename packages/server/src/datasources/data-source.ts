import type { Selectable } from 'kysely';
import type { DataSourceTable } from '../store/index.ts';

/** A configured connection to somewhere, served by a plugin. */
export interface DataSource {
  readonly id: number;
  readonly orgId: number;
  readonly uid: string;
  readonly name: string;
  /** Id of the plugin, or one of its aliases. */
  readonly type: string;
  readonly access: string;
  readonly url: string;
  readonly user: string;
  readonly database: string;
  readonly basicAuth: boolean;
  readonly basicAuthUser: string;
  readonly withCredentials: boolean;
  readonly isDefault: boolean;
  /** JSON text with sorted keys; usually an object, but clients may store anything. */
  readonly jsonData: string;
  readonly apiVersion: string;
  readonly version: number;
  /** From a file and not editable. */
  readonly readOnly: boolean;
  readonly updatedAtMs: number;
}

/** Owner of its secrets. */
export function secretScope(id: number): string {
  return `datasource:${id}`;
}

export function fromRow(row: Selectable<DataSourceTable>): DataSource {
  return {
    id: row.id,
    orgId: row.org_id,
    uid: row.uid,
    name: row.name,
    type: row.type,
    access: row.access,
    url: row.url,
    user: row.user,
    database: row.database,
    basicAuth: row.basic_auth === 1,
    basicAuthUser: row.basic_auth_user,
    withCredentials: row.with_credentials === 1,
    isDefault: row.is_default === 1,
    jsonData: row.json_data,
    apiVersion: row.api_version,
    version: row.version,
    readOnly: row.read_only === 1,
    updatedAtMs: row.updated_at,
  };
}

/** Characters and length that a uid may have. */
export function isValidUid(uid: string): boolean {
  return /^[a-zA-Z0-9_-]{1,40}$/.test(uid);
}

/** Characters that a uid may have, of any length: what routes look at before they look for it. */
export function hasUidCharacters(uid: string): boolean {
  return /^[a-zA-Z0-9_-]*$/.test(uid);
}
