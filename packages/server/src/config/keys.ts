import { availableParallelism } from 'node:os';
import { choice, choices, durationMs, filledText, flag, hostPort, integer, list, number, optional, pairs, secret, text } from './kinds.ts';

/**
 * Every key that this server follows, by section. The names are Grafana's, except for `[backplane]`, which is ours.
 * `Config` is derived from this table, and so is the list of keys that are not followed.
 */
export const CONFIG_SECTIONS = {
  /** Keys above the first section. */
  root: { section: 'DEFAULT', keys: { appMode: choice('app_mode', 'production', ['production', 'development']) } },
  server: {
    section: 'server',
    keys: {
      protocol: choice('protocol', 'http', ['http']),
      httpAddr: filledText('http_addr', '127.0.0.1'),
      httpPort: integer('http_port', 3000, { min: 0, max: 65_535 }),
      domain: filledText('domain', 'localhost'),
      rootUrl: text('root_url', ''),
      enableGzip: flag('enable_gzip', false),
      /** How long a client may take to send a whole request; 0 is no limit. */
      readTimeoutMs: durationMs('read_timeout', 60_000),
    },
  },
  paths: {
    section: 'paths',
    keys: { data: filledText('data', 'data'), plugins: text('plugins', ''), provisioning: text('provisioning', '') },
  },
  database: {
    section: 'database',
    keys: { type: choice('type', 'sqlite3', ['sqlite3']), path: filledText('path', 'backplane.db') },
  },
  security: {
    section: 'security',
    keys: {
      adminUser: text('admin_user', 'admin'),
      adminPassword: secret('admin_password'),
      adminEmail: text('admin_email', 'admin@localhost'),
      disableInitialAdminCreation: flag('disable_initial_admin_creation', false),
      secretKey: secret('secret_key'),
      disableBruteForceProtection: flag('disable_brute_force_login_protection', false),
      bruteForceMaxAttempts: integer('brute_force_login_protection_max_attempts', 5, { min: 1 }),
      strictTransportSecurity: flag('strict_transport_security', false),
      allowEmbedding: flag('allow_embedding', false),
      /** Hosts, with their ports, that data sources may be at; empty for any. */
      dataSourceProxyWhitelist: list('data_source_proxy_whitelist'),
      cookieSecure: flag('cookie_secure', false),
      cookieSamesite: choice('cookie_samesite', 'lax', ['lax', 'strict', 'none', 'disabled']),
      /** Hosts that requests with a session may come from, beside the server's own. */
      csrfTrustedOrigins: list('csrf_trusted_origins'),
      /** Request headers that may name the server's host, as proxies set them. */
      csrfAdditionalHeaders: list('csrf_additional_headers'),
      /** Check the origin of requests without a session, too. */
      csrfAlwaysCheck: flag('csrf_always_check', false),
    },
  },
  users: {
    section: 'users',
    keys: {
      autoAssignOrgRole: choice('auto_assign_org_role', 'viewer', ['viewer', 'editor', 'admin', 'none']),
      allowOrgCreate: flag('allow_org_create', false),
    },
  },
  auth: {
    section: 'auth',
    keys: {
      loginCookieName: filledText('login_cookie_name', 'grafana_session'),
      /** A session ends that was not used for so long, and one that is older than the second. */
      maxInactiveLifetimeMs: durationMs('login_maximum_inactive_lifetime_duration', 7 * 86_400_000),
      maxLifetimeMs: durationMs('login_maximum_lifetime_duration', 30 * 86_400_000),
      /** So often the browser gets a new cookie. */
      tokenRotationMinutes: integer('token_rotation_interval_minutes', 10, { min: 2 }),
      /** How long tokens of service accounts may live; -1 is for ever. */
      apiKeyMaxSecondsToLive: integer('api_key_max_seconds_to_live', -1, { min: -1 }),
    },
  },
  authBasic: { section: 'auth.basic', keys: { enabled: flag('enabled', true) } },
  plugins: {
    section: 'plugins',
    keys: {
      forwardHostEnvVars: list('forward_host_env_vars'),
      disablePlugins: list('disable_plugins'),
      allowLoadingUnsignedPlugins: list('allow_loading_unsigned_plugins'),
    },
  },
  query: { section: 'query', keys: { concurrentQueryLimit: integer('concurrent_query_limit', availableParallelism(), { min: 1 }) } },
  dataproxy: {
    section: 'dataproxy',
    keys: {
      sendUserHeader: flag('send_user_header', false),
      rowLimit: integer('row_limit', 1_000_000, { min: 0 }),
      responseLimit: integer('response_limit', 0, { min: 0 }),
      /** Until the headers of a proxied answer. */
      timeoutMs: durationMs('timeout', 30_000),
      dialTimeoutMs: durationMs('dialTimeout', 10_000),
      keepAliveMs: durationMs('keep_alive_seconds', 30_000),
      idleConnTimeoutMs: durationMs('idle_conn_timeout_seconds', 90_000),
      maxConnsPerHost: integer('max_conns_per_host', 0, { min: 0 }),
      maxIdleConnections: integer('max_idle_connections', 100, { min: 0 }),
      userAgent: text('user_agent', ''),
    },
  },
  sqlDatasources: {
    section: 'sql_datasources',
    keys: {
      maxOpenConns: integer('max_open_conns_default', 100, { min: 0 }),
      maxIdleConns: integer('max_idle_conns_default', 100, { min: 0 }),
      maxConnLifetimeSeconds: integer('max_conn_lifetime_default', 14_400, { min: 0 }),
    },
  },
  featureToggles: {
    section: 'feature_toggles',
    keys: {
      /** Names that plugins are told. By default those of Grafana 12.4 that are on there and hold here: we cache no answers of running AWS queries. */
      enable: list('enable', ['awsAsyncQueryCaching', 'dataplaneFrontendFallback']),
    },
  },
  datasources: { section: 'datasources', keys: { datasourceLimit: integer('datasource_limit', 5000, { min: 1 }) } },
  caching: {
    section: 'caching',
    keys: {
      enabled: flag('enabled', true),
      backend: choice('backend', 'memory', ['memory']),
      ttlMs: durationMs('ttl', 60_000),
      /** The longest time that a panel or data source can ask for; 0 is no limit. */
      maxTtlMs: durationMs('max_ttl', 0),
      maxValueMb: integer('max_value_mb', 1, { min: 1, max: 1024 }),
    },
  },
  cachingMemory: {
    section: 'caching.memory',
    keys: { gcIntervalMs: durationMs('gc_interval', 60_000), maxSizeMb: integer('max_size_mb', 25, { min: 1, max: 1_048_576 }) },
  },
  metrics: {
    section: 'metrics',
    keys: {
      enabled: flag('enabled', true),
      basicAuthUsername: text('basic_auth_username', ''),
      basicAuthPassword: secret('basic_auth_password'),
    },
  },
  log: {
    section: 'log',
    keys: {
      level: choice('level', 'info', ['debug', 'info', 'warn', 'error']),
      userFacingDefaultError: text('user_facing_default_error', 'please inspect Grafana server log for details'),
    },
  },
  tracing: {
    section: 'tracing.opentelemetry',
    keys: {
      /** What every span says of this server, beside `service.name`, which may be among them. */
      customAttributes: pairs('custom_attributes'),
      samplerType: choice('sampler_type', 'const', ['const', 'probabilistic', 'rateLimiting', 'remote']),
      /** 0 or 1, a share from 0 to 1, or traces a second. */
      samplerParam: number('sampler_param', 1, { min: 0 }),
      /** For plugins; the server's own `remote` sampler stays at its parameter. */
      samplingServerUrl: text('sampling_server_url'),
    },
  },
  tracingOtlp: {
    section: 'tracing.opentelemetry.otlp',
    keys: {
      /** A receiver of OTLP over gRPC; tracing is off without. */
      address: optional(hostPort('address')),
      propagation: choices('propagation', ['w3c'], ['w3c', 'jaeger']),
      insecure: choice('insecure', 'true', ['true']),
    },
  },
  live: { section: 'live', keys: { clientQueueMaxSize: integer('client_queue_max_size', 4_194_304, { min: 0 }) } },
  backplane: {
    section: 'backplane',
    keys: {
      /** The version that clients and plugins are told, because they choose their ways by it. */
      grafanaVersion: text('grafana_version', '12.4.0'),
      maxRequestBodyBytes: integer('max_request_body_bytes', 32 * 1024 * 1024, { min: 1024 }),
      /** How long calls in flight may take to finish when the server stops. */
      shutdownTimeoutMs: durationMs('shutdown_timeout', 10_000),
      /** How long `/readyz` says so before the server stops listening: the time in which others notice. */
      shutdownDelayMs: durationMs('shutdown_delay', 0),
      /** How long a plugin call may take; 0, as in Grafana, is no limit: only the client ends it. */
      callTimeoutMs: durationMs('call_timeout', 0),
      /** How long a plugin may take for its handshake. */
      pluginStartTimeoutMs: durationMs('plugin_start_timeout', 60_000),
      /** How long a plugin may be silent in a call: until its answer, or its next part. 0 is no limit. */
      pluginAnswerTimeoutMs: durationMs('plugin_answer_timeout', 300_000),
      pluginMaxReplyBytes: integer('plugin_max_reply_bytes', 512 * 1024 * 1024, { min: 1024 }),
      /** Calls that one plugin gets at a time; others wait. */
      pluginMaxConcurrentCalls: integer('plugin_max_concurrent_calls', 1000, { min: 1 }),
      /** Memory of one plugin: above the first it is asked to tidy up, above the second it is restarted. 0 is no limit. */
      pluginSoftMemoryBytes: integer('plugin_soft_memory_bytes', 0, { min: 0 }),
      pluginMaxMemoryBytes: integer('plugin_max_memory_bytes', 0, { min: 0 }),
      /** Start plugins at their first call. */
      pluginLazyStart: flag('plugin_lazy_start', false),
      /** Stop a plugin after so long without calls, until the next one. 0 is never. */
      pluginIdleStopMs: durationMs('plugin_idle_stop', 0),
      /** Refuse proxied requests to addresses that are not public. */
      proxyDenyPrivate: flag('proxy_deny_private', false),
      /** Names, addresses and blocks such as `10.1.0.0/16` that are reached all the same. */
      proxyAllowPrivate: list('proxy_allow_private'),
      /** How long the other side may be silent in the middle of a proxied answer. */
      proxyStallTimeoutMs: durationMs('proxy_stall_timeout', 300_000),
      /** Cgroup of version 2 in which groups for plugins are made, for limits of memory that the kernel keeps. */
      pluginCgroup: optional(text('plugin_cgroup')),
      instanceName: optional(text('instance_name')),
      /** Files with OpenPGP public keys, armored, whose signatures of plugins count. Below the home path unless absolute. */
      pluginTrustRoots: list('plugin_trust_roots'),
      /** Refuse plugins signed by Grafana's key while that key is not among the trust roots. */
      requireKnownPluginKey: flag('require_known_plugin_key', false),
    },
  },
} as const;
