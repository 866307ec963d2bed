import type { ColumnType, Generated } from 'kysely';

/** Booleans are 0 and 1, times are epoch milliseconds, JSON is text: what SQLite and PostgreSQL both do. */
type Flag = 0 | 1;

export interface OrgTable {
  id: Generated<number>;
  name: string;
  /** JSON: lines of the address by the names of the API. */
  address: Generated<string>;
  created_at: number;
  updated_at: number;
}

export interface UserTable {
  id: Generated<number>;
  uid: string;
  login: string;
  email: string;
  name: string;
  /** Self-describing hash, see `auth/password.ts`. */
  password_hash: string;
  is_server_admin: Flag;
  is_disabled: Flag;
  /** The organisation that requests without a choice of their own are for. */
  org_id: number;
  created_at: number;
  updated_at: number;
  /** Service accounts are users without a password, of one organisation. */
  is_service_account: Generated<Flag>;
  theme: Generated<string>;
  help_flags: Generated<number>;
  /** 0 is never. */
  last_seen_at: Generated<number>;
}

export interface OrgUserTable {
  org_id: number;
  user_id: number;
  role: 'None' | 'Viewer' | 'Editor' | 'Admin';
}

/** A bearer token of a service account; kept as a hash. */
export interface ApiTokenTable {
  id: Generated<number>;
  org_id: number;
  user_id: number;
  name: string;
  hash: string;
  is_revoked: Flag;
  created_at: number;
  expires_at: number | null;
  last_used_at: number | null;
}

/** A login of a browser; kept as a hash of the cookie. */
export interface SessionTable {
  id: Generated<number>;
  user_id: number;
  hash: string;
  /** The cookie before the last rotation, which counts until the new one arrives. */
  previous_hash: string;
  /** Whether the newest cookie has come back. */
  is_seen: Flag;
  user_agent: string;
  client_ip: string;
  created_at: number;
  rotated_at: number;
  seen_at: number;
}

export interface DataSourceTable {
  id: Generated<number>;
  org_id: number;
  uid: string;
  name: string;
  type: string;
  access: string;
  url: string;
  user: string;
  database: string;
  basic_auth: Flag;
  basic_auth_user: string;
  with_credentials: Flag;
  is_default: Flag;
  /** JSON with sorted keys, as plugins get it. */
  json_data: string;
  api_version: string;
  version: number;
  read_only: Flag;
  /** Set for those from a file with `prune: true`, which go when they leave the file. */
  is_prunable: Flag;
  created_at: number;
  updated_at: number;
}

export interface PluginSettingTable {
  org_id: number;
  plugin_id: string;
  enabled: Flag;
  pinned: Flag;
  json_data: string;
  plugin_version: string;
  created_at: number;
  updated_at: number;
}

/** A sealed value; `scope` names its owner, such as `datasource:7` or `app:1:acme-app`. */
export interface SecretTable {
  scope: string;
  name: string;
  key_id: string;
  sealed: ColumnType<Uint8Array, Uint8Array, Uint8Array>;
  updated_at: number;
}

export interface SecretKeyTable {
  id: string;
  /** The data key, sealed by the master key. */
  sealed: ColumnType<Uint8Array, Uint8Array, Uint8Array>;
  created_at: number;
}

export interface KvTable {
  namespace: string;
  key: string;
  value: string;
  updated_at: number;
}

export interface Tables {
  org: OrgTable;
  user: UserTable;
  org_user: OrgUserTable;
  api_token: ApiTokenTable;
  session: SessionTable;
  data_source: DataSourceTable;
  plugin_setting: PluginSettingTable;
  secret: SecretTable;
  secret_key: SecretKeyTable;
  kv: KvTable;
}
