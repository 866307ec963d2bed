import { type Get, type Mutable, NO_BYTES, type Put, putMap, recurring, type StringMap, type Unknowns } from '../wire/index.ts';

/** Who asks; absent for calls that the host makes by itself, such as alerting. */
export interface User extends Unknowns {
  readonly login: string;
  readonly name: string;
  readonly email: string;
  readonly role: string;
}

/** Settings of one app plugin in one organisation. An app without a stored row has empty `jsonData`. */
export interface AppInstanceSettings extends Unknowns {
  /** JSON text in UTF-8. */
  readonly jsonData: Uint8Array;
  readonly decryptedSecureJsonData: StringMap;
  /** Epoch milliseconds; −6795364578871 is Go's zero time. */
  readonly lastUpdatedMS: bigint;
  readonly apiVersion: string;
}

/** Settings of one data source, secrets opened. Its type is the plugin id. */
export interface DataSourceInstanceSettings extends Unknowns {
  readonly id: bigint;
  readonly name: string;
  readonly url: string;
  readonly user: string;
  readonly database: string;
  readonly basicAuthEnabled: boolean;
  readonly basicAuthUser: string;
  /** JSON text in UTF-8. */
  readonly jsonData: Uint8Array;
  readonly decryptedSecureJsonData: StringMap;
  /** Epoch milliseconds; a change makes the plugin open a new instance. */
  readonly lastUpdatedMS: bigint;
  readonly uid: string;
  readonly apiVersion: string;
}

/** Part of every request. Genuine plugins panic when it is missing. */
export interface PluginContext extends Unknowns {
  readonly orgId: bigint;
  readonly pluginId: string;
  readonly user?: User | undefined;
  readonly appInstanceSettings?: AppInstanceSettings | undefined;
  readonly dataSourceInstanceSettings?: DataSourceInstanceSettings | undefined;
  /** Configuration of this request, keys such as `GF_SQL_ROW_LIMIT`. */
  readonly grafanaConfig: StringMap;
  readonly pluginVersion: string;
  /** `Grafana/<semver> (<os>; <arch>)`. */
  readonly userAgent: string;
  readonly apiVersion: string;
  readonly namespace: string;
}

/*
 * PluginContext                | User            | AppInstanceSettings      | DataSourceInstanceSettings
 * 1 orgId varint               | 1 login string  | 3 jsonData bytes         | 1 id varint          7 basicAuthUser string
 * 2 pluginId string            | 2 name string   | 4 decryptedSecure… map   | 2 name string        8 jsonData bytes
 * 3 user message               | 3 email string  | 5 lastUpdatedMS varint   | 3 url string         9 decryptedSecure… map
 * 4 appInstanceSettings msg    | 4 role string   | 6 apiVersion string      | 4 user string       10 lastUpdatedMS varint
 * 5 dataSourceInstanceSettings |                 |                          | 5 database string   11 uid string
 * 6 grafanaConfig map          |                 |                          | 6 basicAuthEnabled  12 apiVersion string
 * 7 pluginVersion  8 userAgent  9 apiVersion  10 namespace, strings
 */

/** A context comes with each request, and there is one for each data source and user. */
export const getPluginContext: Get<PluginContext> = recurring('PluginContext', (reader, target = emptyPluginContext()) => {
  const message: Mutable<PluginContext> = target;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) message.orgId = reader.int64();
    else if (field === 2) message.pluginId = reader.string();
    else if (field === 3) message.user = reader.message(getUser, message.user);
    else if (field === 4) message.appInstanceSettings = reader.message(getAppInstanceSettings, message.appInstanceSettings);
    else if (field === 5)
      message.dataSourceInstanceSettings = reader.message(getDataSourceInstanceSettings, message.dataSourceInstanceSettings);
    else if (field === 6) reader.mapEntry(message.grafanaConfig);
    else if (field === 7) message.pluginVersion = reader.string();
    else if (field === 8) message.userAgent = reader.string();
    else if (field === 9) message.apiVersion = reader.string();
    else if (field === 10) message.namespace = reader.string();
    else reader.unknown(message);
  }
  return message;
});

export const putPluginContext: Put<PluginContext> = (sink, message) => {
  sink.int64(1, message.orgId);
  sink.string(2, message.pluginId);
  sink.message<User>(3, message.user, putUser);
  sink.message<AppInstanceSettings>(4, message.appInstanceSettings, putAppInstanceSettings);
  sink.message<DataSourceInstanceSettings>(5, message.dataSourceInstanceSettings, putDataSourceInstanceSettings);
  putMap(sink, 6, message.grafanaConfig);
  sink.string(7, message.pluginVersion);
  sink.string(8, message.userAgent);
  sink.string(9, message.apiVersion);
  sink.string(10, message.namespace);
  sink.unknown(message.$unknown);
};

const getUser: Get<User> = (reader, target = { login: '', name: '', email: '', role: '' }) => {
  const message: Mutable<User> = target;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) message.login = reader.string();
    else if (field === 2) message.name = reader.string();
    else if (field === 3) message.email = reader.string();
    else if (field === 4) message.role = reader.string();
    else reader.unknown(message);
  }
  return message;
};

const putUser: Put<User> = (sink, message) => {
  sink.string(1, message.login);
  sink.string(2, message.name);
  sink.string(3, message.email);
  sink.string(4, message.role);
  sink.unknown(message.$unknown);
};

const getAppInstanceSettings: Get<AppInstanceSettings> = (reader, target = emptyAppInstanceSettings()) => {
  const message: Mutable<AppInstanceSettings> = target;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 3) message.jsonData = reader.bytes();
    else if (field === 4) reader.mapEntry(message.decryptedSecureJsonData);
    else if (field === 5) message.lastUpdatedMS = reader.int64();
    else if (field === 6) message.apiVersion = reader.string();
    else reader.unknown(message);
  }
  return message;
};

const putAppInstanceSettings: Put<AppInstanceSettings> = (sink, message) => {
  sink.bytes(3, message.jsonData);
  putMap(sink, 4, message.decryptedSecureJsonData);
  sink.int64(5, message.lastUpdatedMS);
  sink.string(6, message.apiVersion);
  sink.unknown(message.$unknown);
};

const getDataSourceInstanceSettings: Get<DataSourceInstanceSettings> = (reader, target = emptyDataSourceInstanceSettings()) => {
  const message: Mutable<DataSourceInstanceSettings> = target;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) message.id = reader.int64();
    else if (field === 2) message.name = reader.string();
    else if (field === 3) message.url = reader.string();
    else if (field === 4) message.user = reader.string();
    else if (field === 5) message.database = reader.string();
    else if (field === 6) message.basicAuthEnabled = reader.bool();
    else if (field === 7) message.basicAuthUser = reader.string();
    else if (field === 8) message.jsonData = reader.bytes();
    else if (field === 9) reader.mapEntry(message.decryptedSecureJsonData);
    else if (field === 10) message.lastUpdatedMS = reader.int64();
    else if (field === 11) message.uid = reader.string();
    else if (field === 12) message.apiVersion = reader.string();
    else reader.unknown(message);
  }
  return message;
};

const putDataSourceInstanceSettings: Put<DataSourceInstanceSettings> = (sink, message) => {
  sink.int64(1, message.id);
  sink.string(2, message.name);
  sink.string(3, message.url);
  sink.string(4, message.user);
  sink.string(5, message.database);
  sink.bool(6, message.basicAuthEnabled);
  sink.string(7, message.basicAuthUser);
  sink.bytes(8, message.jsonData);
  putMap(sink, 9, message.decryptedSecureJsonData);
  sink.int64(10, message.lastUpdatedMS);
  sink.string(11, message.uid);
  sink.string(12, message.apiVersion);
  sink.unknown(message.$unknown);
};

function emptyPluginContext(): PluginContext {
  return {
    orgId: 0n,
    pluginId: '',
    user: undefined,
    appInstanceSettings: undefined,
    dataSourceInstanceSettings: undefined,
    grafanaConfig: {},
    pluginVersion: '',
    userAgent: '',
    apiVersion: '',
    namespace: '',
  };
}

function emptyAppInstanceSettings(): AppInstanceSettings {
  return { jsonData: NO_BYTES, decryptedSecureJsonData: {}, lastUpdatedMS: 0n, apiVersion: '' };
}

function emptyDataSourceInstanceSettings(): DataSourceInstanceSettings {
  return {
    id: 0n,
    name: '',
    url: '',
    user: '',
    database: '',
    basicAuthEnabled: false,
    basicAuthUser: '',
    jsonData: NO_BYTES,
    decryptedSecureJsonData: {},
    lastUpdatedMS: 0n,
    uid: '',
    apiVersion: '',
  };
}
