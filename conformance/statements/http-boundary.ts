import { differs, open } from '../rules/rule.ts';
import { statementsOf } from './statement.ts';

const CLIENT = 'pkg/plugins/manager/client/client_test.go';
const PLUGINS = 'pkg/api/plugins_test.go';
const RESOURCE = 'pkg/api/plugin_resource_test.go';
const METRICS = 'pkg/api/plugin_metrics_test.go';
const QUERY = 'pkg/api/ds_query_test.go';
const SOURCES = 'pkg/api/datasources_test.go';

/** How calls to plugins look from outside, by HTTP (statements A of the plugin client and the HTTP boundary). */
export const httpBoundaryStatements = statementsOf('A', [
  [`${CLIENT} TestQueryData`, 'a query to an unknown plugin id fails as not registered', 'proved'],
  [`${CLIENT} TestQueryData`, 'the errors unavailable and not implemented reach the caller unchanged', 'proved'],
  [`${CLIENT} TestQueryData`, 'other plugin errors become requestFailureError, a lost connection passes through', 'proved'],
  [`${CLIENT} TestCheckHealth`, 'the same for health, where other errors become healthCheck', 'proved'],
  [`${CLIENT} TestCallResource`, 'hop-by-hop headers and User-Agent reach neither plugin nor client, custom headers do', 'proved'],
  [`${CLIENT} TestCallResource`, 'headers named in Connection are removed both ways', 'proved'],
  [`${CLIENT} TestCallResource`, 'Set-Cookie of a plugin is removed, other headers are kept', 'proved'],
  [`${CLIENT} TestCallResource`, 'an answer has Content-Security-Policy sandbox', 'proved'],
  [`${CLIENT} TestCallResource`, 'a missing Content-Type becomes JSON, except for 204', 'proved'],
  ['pkg/plugins/httpresponsesender TestHTTPResponseSender', 'status and headers count once, bodies are joined as they come', 'proved'],
  [`${PLUGINS} TestMakePluginResourceRequest`, 'an answer without content type is JSON in a sandbox', 'proved'],
  [`${PLUGINS} ContentTypeUnique`, 'a content type in odd letters is sent once', 'proved'],
  [`${PLUGINS} ContentTypeEmpty`, '204 without content type has none', 'proved'],
  [RESOURCE, 'a POST with JSON reaches the plugin with path, raw query and body', 'proved'],
  [RESOURCE, 'a path with *, comma and colon is routed', 'proved'],
  [RESOURCE, 'an error of the plugin answers with its status and message', 'proved'],
  [METRICS, '/metrics/plugins/<id> gives the bytes of the plugin, 404 for an unknown id', 'proved'],
  [METRICS, 'a wrong password of metrics is 401, the right one 200; switched off they are 404', 'proved'],
  [
    `${PLUGINS} Test_GetPluginAssets`,
    'files of a plugin are served, with Cache-Control; what is outside, missing or unknown is 404',
    'proved',
  ],
  [
    `${PLUGINS} Test_GetPluginAssetCDNRedirect`,
    'an asset of a plugin on a CDN is a redirect',
    differs('plugins are folders here; their files are always served from there'),
  ],
  [`${PLUGINS} TestPluginMarkdown`, 'upper and lower case names are tried, the path is cleaned, an unknown plugin is an error', 'proved'],
  [`${PLUGINS} Test_PluginsList_AccessControl`, 'a viewer sees only core plugins, who may write others too', 'proved'],
  [`${PLUGINS} Test_PluginsSettings`, 'settings of a good plugin are 200, of one that failed to load 500 with the public text', 'proved'],
  [`${PLUGINS} Test_UpdatePluginSetting`, 'an auto-enabled plugin cannot be disabled', 'proved'],
  [
    `${PLUGINS} Test_PluginsInstallAndUninstall`,
    'plugins are installed and removed over HTTP by who may',
    differs('who operates the server installs plugins as folders; over HTTP it is always switched off, and 404'),
  ],
  [`${QUERY} QueryMetricsV2`, 'an answer with one failed refId is 400', 'proved'],
  [`${QUERY} TestDataSourceQueryError`, 'each failure of a query has its status and message id', 'proved'],
  [`${SOURCES} InvalidURL`, 'a bad URL is 400 when adding and when updating', 'proved'],
  [`${SOURCES} URLWithoutProtocol`, 'a URL without scheme is accepted', 'proved'],
  [
    `${SOURCES} InvalidJSONData`,
    'a custom header that is that of the auth proxy is 400',
    differs('nobody signs in by a header that a proxy sets, so no name is reserved'),
  ],
  [`${SOURCES} TeamHTTPHeaders`, 'team headers in jsonData are 403', 'proved'],
  [`${SOURCES} DataSourceNameExists`, 'a name that another has is 409', 'proved'],
  [`${SOURCES} AccessControl`, 'reading, making, changing and removing take their permissions', 'proved'],
  [`${SOURCES} IncludesUID`, 'removing by name cleans up what belongs to it', 'proved'],
]);

const QUERIES = 'pkg/services/query/query_test.go';
const noExpressions = open('expressions are not evaluated yet');

/** What becomes of a request with queries (statements B of the query service). */
export const queryServiceStatements = statementsOf('B', [
  [QUERIES, 'two queries of one data source are one group', 'proved'],
  [QUERIES, 'without times the request is read, and they are the epoch', 'proved'],
  [QUERIES, 'with expressions the flag is set; user and organisation reach the plugin', noExpressions],
  [QUERIES, 'two data sources are two groups', 'proved'],
  [QUERIES, 'headers that name another plugin or data source do no harm', 'proved'],
  [QUERIES, 'the same refId twice is an error', 'proved'],
  [QUERIES, 'with X-Query-V2 a query has its own range, which the plugin does not see in the JSON', 'proved'],
  [QUERIES, 'a range without from and to as texts is an error', differs('it is 400, not 500: it is the fault of the caller')],
  [QUERIES, 'two data sources are two calls with one answer', 'proved'],
  [QUERIES, 'one of them that fails spoils only its own refIds', 'proved'],
  [QUERIES, 'a uid wins over a wrong datasourceId', 'proved'],
  [QUERIES, 'nested numbers and structures survive', 'proved'],
  ['pkg/expr/service_test.go', 'who depends on a failed query says so, others are fine', noExpressions],
  [
    'pkg/services/pluginsintegration/plugincontext',
    'plugins are told the settings of the app or the data source, version and id',
    'proved',
  ],
  ['pluginconfig/request_test.go', 'configuration keys are told when they are set, those of SQL always', 'proved'],
]);
