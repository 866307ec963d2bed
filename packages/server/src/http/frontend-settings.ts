import type { FastifyInstance } from 'fastify';
import type { CacheSetting } from '../cache/index.ts';
import type { Config } from '../config/index.ts';
import type { DataSource } from '../datasources/index.ts';
import { parseJson, toRawJson } from '../json/index.ts';
import { type ServerPlugin, toFrontendApp, toFrontendPanel, toFrontendPlugin } from '../plugins/index.ts';
import { identityOf } from './access.ts';
import { sendJson } from './reply.ts';
import type { Services } from './services.ts';

/** `/api/frontend/settings`: what a frontend starts from (Grafana `pkg/api/frontendsettings.go`). */
export function addFrontendSettings(app: FastifyInstance, services: Services): void {
  const { config, dataSources, catalog, pluginSettings, contexts, cacheSettings } = services;

  app.get('/api/frontend/settings', { config: { access: 'signed-in' } }, async (request, reply) => {
    const { orgId } = identityOf(request);
    const list = (await dataSources.list(orgId)).flatMap((source) => {
      const plugin = catalog.find(source.type);
      return plugin === undefined ? [] : [{ source, plugin }];
    });
    const plugins = catalog.list();
    const apps: [string, unknown][] = [];
    for (const plugin of plugins.filter(({ manifest }) => manifest.type === 'app')) {
      if ((await pluginSettings.state(orgId, plugin)).enabled) apps.push([plugin.id, toFrontendApp(plugin)]);
    }
    const panels = plugins.filter(({ manifest }) => manifest.type === 'panel').map((plugin) => [plugin.id, toFrontendPanel(plugin)]);
    const body = {
      ...constants,
      ...fromConfig(config, contexts.appUrl()),
      namespace: orgId === 1 ? 'default' : `org-${orgId}`,
      defaultDatasource: list.find(({ source }) => source.isDefault)?.source.name ?? MIXED,
      datasources: Object.fromEntries([
        ...builtIn,
        ...list.map(({ source, plugin }) => [
          source.name,
          { ...toDataSource(source, plugin), cachingConfig: toCaching(cacheSettings.get(source), config) },
        ]),
      ]),
      apps: Object.fromEntries(apps),
      panels: Object.fromEntries(panels),
    };
    return sendJson(reply, 200, body, 'application/json; charset=UTF-8');
  });
}

/**
 * A data source for the frontend. Grafana gives browsers the password of one with direct access, as a header ready to
 * send; here no secret leaves by any answer.
 */
function toDataSource(source: DataSource, plugin: ServerPlugin): Record<string, unknown> {
  const { id, uid, name, access, isDefault, readOnly, withCredentials } = source;
  const isDirect = access === 'direct';
  return {
    ...{ id, uid, type: source.type, name, meta: toFrontendPlugin(plugin) },
    url: isDirect ? source.url : `/api/datasources/proxy/uid/${uid}`,
    ...{ isDefault, access, preload: plugin.manifest.raw.preload === true, module: `public/plugins/${plugin.id}/module.js` },
    jsonData: toRawJson(parseJson(source.jsonData || '{}')),
    readOnly,
    ...(isDirect && withCredentials && { withCredentials }),
    ...(source.apiVersion !== '' && { apiVersion: source.apiVersion }),
  };
}

/** Whether answers to queries are kept, and for how long unless a panel says otherwise. */
function toCaching({ enabled, useDefaultTtl, ttlQueriesMs }: CacheSetting, { caching }: Config) {
  if (!caching.enabled || !enabled) return notCached;
  return { enabled, TTLMs: useDefaultTtl || ttlQueriesMs <= 0 ? caching.ttlMs : ttlQueriesMs };
}

const notCached = { enabled: false, TTLMs: 0 };

const MIXED = '-- Mixed --';

/** Names that every frontend knows: queries to several data sources, and the server's own, which answers no query here. */
const builtIn: readonly (readonly [string, unknown])[] = [
  ['-- Grafana --', { id: -1, uid: 'grafana', ...pseudo('-- Grafana --', 'datasource') }],
  [MIXED, pseudo(MIXED, 'mixed')],
];

function pseudo(name: string, type: string) {
  const meta = { id: type, name, type: 'datasource', builtIn: true };
  return { type, name, meta, isDefault: false, preload: false, jsonData: {}, readOnly: false, cachingConfig: notCached };
}

function fromConfig(config: Config, appUrl: string): Record<string, unknown> {
  const { backplane, caching, sqlDatasources, users, featureToggles } = config;
  const version = backplane.grafanaVersion;
  return {
    appUrl,
    appSubUrl: new URL(appUrl).pathname.replace(/\/$/, ''),
    allowOrgCreate: users.allowOrgCreate,
    featureToggles: Object.fromEntries(featureToggles.enable.map((toggle) => [toggle, true])),
    buildInfo: {
      ...{
        hideVersion: false,
        version,
        versionString: `Backplane, compatible with Grafana v${version}`,
        commit: 'backplane',
        commitShort: '',
      },
      ...{ buildstamp: 0, edition: 'Open Source', latestVersion: '', hasUpdate: false, env: config.root.appMode },
    },
    caching: { enabled: caching.enabled, cleanCacheEnabled: caching.enabled, defaultTTLMs: caching.enabled ? caching.ttlMs : 0 },
    sqlConnectionLimits: {
      maxOpenConns: sqlDatasources.maxOpenConns,
      maxIdleConns: sqlDatasources.maxIdleConns,
      connMaxLifetime: sqlDatasources.maxConnLifetimeSeconds,
    },
  };
}

/** What does not depend on anything: mostly that something is not there. */
const constants = {
  ...Object.fromEntries(
    [
      ...['GoogleAnalytics4SendManualPageViews', 'analyticsConsoleReporting', 'anonymousEnabled', 'applicationInsightsAutoRouteTracking'],
      ...['authProxyEnabled', 'awsAssumeRoleEnabled', 'awsPerDatasourceHTTPProxyEnabled', 'azureAuthEnabled', 'cloudMigrationEnabled'],
      ...['cloudMigrationIsTarget', 'cspReportOnlyEnabled', 'defaultAllowRecordingRulesTargetAlertsUiToggle', 'disableLoginForm'],
      ...[
        'defaultDatasourceManageAlertsUiToggle',
        'disableSanitizeHtml',
        'exploreEnabled',
        'exploreHideLogsDownload',
        'feedbackLinksEnabled',
      ],
      ...['geomapDisableCustomBaseLayer', 'helpEnabled', 'http2Enabled', 'jwtUrlLogin', 'ldapEnabled', 'localFileSystemAvailable'],
      ...['newsFeedEnabled', 'passwordlessEnabled', 'pluginAdminEnabled', 'pluginAdminExternalManageEnabled', 'profileEnabled'],
      ...['publicDashboardsEnabled', 'queryHistoryEnabled', 'rendererAvailable', 'samlEnabled', 'secureSocksDSProxyEnabled'],
      ...['sigV4AuthEnabled', 'snapshotEnabled', 'supportBundlesEnabled', 'trustedTypesDefaultPolicyEnabled', 'verifyEmailEnabled'],
      ...['viewersCanEdit'],
    ].map((name) => [name, false]),
  ),
  ...Object.fromEntries(
    [
      ...['applicationInsightsConnectionString', 'applicationInsightsEndpointUrl', 'externalUserMngAnalyticsParams', 'externalUserMngInfo'],
      ...['externalUserMngLinkName', 'externalUserMngLinkUrl', 'externalUserUpgradeLinkUrl', 'googleAnalytics4Id', 'googleAnalyticsId'],
      ...['jwtHeaderName', 'listDashboardScopesEndpoint', 'listScopesEndpoint', 'loginHint', 'passwordHint', 'pluginCatalogURL'],
      ...['publicDashboardAccessToken', 'rendererVersion', 'rootFolderUID', 'rudderstackConfigUrl', 'rudderstackDataPlaneUrl', 'samlName'],
      ...['rudderstackIntegrationsUrl', 'rudderstackSdkUrl', 'rudderstackV3SdkUrl', 'rudderstackWriteKey'],
    ].map((name) => [name, '']),
  ),
  ...{ autoAssignOrg: true, disableUserSignUp: true, expressionsEnabled: true, externalUserMngAnalytics: false, rbacEnabled: true },
  ...{ liveEnabled: true, liveMessageSizeLimit: 65_536, liveNamespaced: true, unifiedAlertingEnabled: true },
  ...{ anonymousDeviceLimit: 0, cloudMigrationPollIntervalMs: 2000, dashboardPerformanceMetrics: [], exploreDefaultTimeOffset: '1h' },
  ...{ minRefreshInterval: '5s', panelSeriesLimit: 0, tokenExpirationDayLimit: -1, sharedWithMeFolderUID: 'sharedwithme' },
  ...{ rendererDefaultImageHeight: 500, rendererDefaultImageScale: 1, rendererDefaultImageWidth: 1000 },
  ...{ awsAllowedAuthProviders: [], enableFrontendSandboxForPlugins: [], pluginCatalogHiddenPlugins: [], pluginCatalogManagedPlugins: [] },
  ...{ pluginCatalogPreinstalledAutoUpdate: false, pluginCatalogPreinstalledPlugins: [] },
  ...{ pluginRestrictedAPIsAllowList: {}, pluginRestrictedAPIsBlockList: {}, reportingStaticContext: null, openFeatureContext: {} },
  analytics: { enabled: false },
  auth: { disableLogin: false, basicAuthStrongPasswordPolicy: false, disableSignoutMenu: false },
  azure: { cloud: '', clouds: null, managedIdentityEnabled: false, workloadIdentityEnabled: false, userIdentityEnabled: false },
  dateFormats: {
    fullDate: 'YYYY-MM-DD HH:mm:ss',
    useBrowserLocale: false,
    interval: {
      ...{ millisecond: 'HH:mm:ss.SSS', second: 'HH:mm:ss', minute: 'HH:mm', hour: 'MM/DD HH:mm' },
      ...{ day: 'MM/DD', month: 'YYYY-MM', year: 'YYYY' },
    },
    ...{ defaultTimezone: 'browser', defaultWeekStart: 'browser' },
  },
  grafanaJavascriptAgent: { enabled: false },
  licenseInfo: { expiry: 0, stateInfo: '', licenseUrl: '', edition: 'Open Source', enabledFeatures: {} },
  oauth: {},
  recordedQueries: { enabled: false },
  reporting: { enabled: false },
  unifiedAlerting: { minInterval: '10s', alertStateHistoryBackend: '', alertStateHistoryPrimary: '', recordingRulesEnabled: false },
};
