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
  {
    version: 2,
    title: 'service accounts and their tokens, sessions, the role None',
    sql: `
      ALTER TABLE org ADD COLUMN address TEXT NOT NULL DEFAULT '{}';
      ALTER TABLE user ADD COLUMN is_service_account INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE user ADD COLUMN theme TEXT NOT NULL DEFAULT '';
      ALTER TABLE user ADD COLUMN help_flags INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE user ADD COLUMN last_seen_at INTEGER NOT NULL DEFAULT 0;
      CREATE TABLE org_user_new (
        org_id INTEGER NOT NULL REFERENCES org (id) ON DELETE CASCADE,
        user_id INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
        role TEXT NOT NULL CHECK (role IN ('None', 'Viewer', 'Editor', 'Admin')),
        PRIMARY KEY (org_id, user_id)
      );
      INSERT INTO org_user_new SELECT org_id, user_id, role FROM org_user;
      DROP TABLE org_user;
      ALTER TABLE org_user_new RENAME TO org_user;
      CREATE INDEX org_user_by_user ON org_user (user_id);
      CREATE TABLE api_token (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        org_id INTEGER NOT NULL REFERENCES org (id) ON DELETE CASCADE,
        user_id INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
        name TEXT NOT NULL, hash TEXT NOT NULL UNIQUE, is_revoked INTEGER NOT NULL,
        created_at INTEGER NOT NULL, expires_at INTEGER, last_used_at INTEGER,
        UNIQUE (org_id, name)
      );
      CREATE INDEX api_token_by_user ON api_token (user_id);
      CREATE TABLE session (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        user_id INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
        hash TEXT NOT NULL UNIQUE, previous_hash TEXT NOT NULL, is_seen INTEGER NOT NULL,
        user_agent TEXT NOT NULL, client_ip TEXT NOT NULL,
        created_at INTEGER NOT NULL, rotated_at INTEGER NOT NULL, seen_at INTEGER NOT NULL
      );
      CREATE INDEX session_by_previous_hash ON session (previous_hash);
      CREATE INDEX session_by_user ON session (user_id);
    `,
  },
];
