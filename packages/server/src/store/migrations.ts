/** One step of the schema. Steps are never changed once released; a new one is added instead. */
export interface Migration {
  readonly version: number;
  readonly title: string;
  readonly sql: string;
}

export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    title: 'organisations, users, data sources, plugin settings, secrets, key-value pairs',
    sql: `
      CREATE TABLE org (
        id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE,
        created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
      );
      CREATE TABLE user (
        id INTEGER PRIMARY KEY AUTOINCREMENT, uid TEXT NOT NULL UNIQUE,
        login TEXT NOT NULL, email TEXT NOT NULL, name TEXT NOT NULL, password_hash TEXT NOT NULL,
        is_server_admin INTEGER NOT NULL, is_disabled INTEGER NOT NULL,
        org_id INTEGER NOT NULL REFERENCES org (id),
        created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
      );
      CREATE UNIQUE INDEX user_login ON user (lower(login));
      CREATE UNIQUE INDEX user_email ON user (lower(email));
      CREATE TABLE org_user (
        org_id INTEGER NOT NULL REFERENCES org (id) ON DELETE CASCADE,
        user_id INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
        role TEXT NOT NULL CHECK (role IN ('Viewer', 'Editor', 'Admin')),
        PRIMARY KEY (org_id, user_id)
      );
      CREATE TABLE data_source (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        org_id INTEGER NOT NULL REFERENCES org (id) ON DELETE CASCADE,
        uid TEXT NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL, access TEXT NOT NULL,
        url TEXT NOT NULL, user TEXT NOT NULL, database TEXT NOT NULL,
        basic_auth INTEGER NOT NULL, basic_auth_user TEXT NOT NULL, with_credentials INTEGER NOT NULL,
        is_default INTEGER NOT NULL, json_data TEXT NOT NULL, api_version TEXT NOT NULL,
        version INTEGER NOT NULL, read_only INTEGER NOT NULL, is_prunable INTEGER NOT NULL,
        created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
        UNIQUE (org_id, name), UNIQUE (org_id, uid)
      );
      CREATE TABLE plugin_setting (
        org_id INTEGER NOT NULL REFERENCES org (id) ON DELETE CASCADE,
        plugin_id TEXT NOT NULL, enabled INTEGER NOT NULL, pinned INTEGER NOT NULL,
        json_data TEXT NOT NULL, plugin_version TEXT NOT NULL,
        created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
        PRIMARY KEY (org_id, plugin_id)
      );
      CREATE TABLE secret_key (
        id TEXT PRIMARY KEY, sealed BLOB NOT NULL, created_at INTEGER NOT NULL
      );
      CREATE TABLE secret (
        scope TEXT NOT NULL, name TEXT NOT NULL,
        key_id TEXT NOT NULL REFERENCES secret_key (id), sealed BLOB NOT NULL,
        updated_at INTEGER NOT NULL,
        PRIMARY KEY (scope, name)
      );
      CREATE TABLE kv (
        namespace TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, updated_at INTEGER NOT NULL,
        PRIMARY KEY (namespace, key)
      );
    `,
  },
];
