import { open } from '../rules/rule.ts';
import { statementsOf } from './statement.ts';

const SERVICE = 'pkg/services/datasources/service/datasource_test.go';
const PROXY = 'pkg/api/pluginproxy/ds_proxy_test.go';

/** Data sources, their proxies, secrets and files (statements E). */
export const dataSourceStatements = statementsOf('E', [
  [`${SERVICE} Add`, 'an unknown type can be stored; long names and URLs are refused', 'proved'],
  [`${SERVICE} API version`, 'plugins are asked to validate and change settings', open('admission is not asked when data sources change')],
  [`${SERVICE} getAvailableName`, 'without a name: type, type-1, and so on', 'proved'],
  [`${SERVICE} Update`, 'missing and taken names, merged secrets, a kept uid', 'proved'],
  [`${SERVICE} Delete`, 'secrets go with the data source', 'proved'],
  [`${SERVICE} GetHttpTransport`, 'TLS, custom headers and the header Host are kept until the settings change', 'proved'],
  [`${SERVICE} CustomHeaders`, 'pairs of names and values by index', 'proved'],
  [`${SERVICE} getTimeout`, 'a timeout may be a number or a text', 'proved'],
  [`${SERVICE} getConnections`, 'connections are listed by uid and plugin', open('they belong to the newer APIs, of which none is here')],
  ['pkg/services/datasources/service/store_test.go', 'uids are made and unique; versions decide updates; the limit holds', 'proved'],
  ['provisioning/datasources/config_reader_test.go', 'files add, change, remove, prune; wrong ones are named', 'proved'],
  ['provisioning/datasources/types_test.go', 'a uid made from a name stays the same', 'proved'],
  ['provisioning/values/values_test.go', 'variables in texts, numbers, JSON, files, and two dollars', 'proved'],
  ['provisioning/plugins', 'unknown apps and disabling auto-enabled ones are errors; settings are applied', 'proved'],
  ['secrets/manager/manager_test.go', 'secrets of a day share a data key; another key opens nothing', 'proved'],
  [`${PROXY} routeRule`, 'routes match by path and method and fill in their templates', 'proved'],
  [`${PROXY} validation`, 'roles and actions guard routes under every spelling', 'proved'],
  [`${PROXY} token auth`, 'a token is fetched once, kept, and fetched anew', 'proved'],
  [`${PROXY} requestHandling`, 'cookies of the upstream go, 401 becomes 400, paths keep their encoding', 'proved'],
  [`${PROXY} cookies`, 'only listed cookies are forwarded', 'proved'],
  ['pkg/api/pluginproxy/pluginproxy_test.go', 'routes of apps: templates, patterns, access', 'proved'],
  ['pkg/util/proxyutil/reverse_proxy_test.go', 'headers that go, and what becomes of failures', 'proved'],
  ['pkg/services/datasourceproxy', 'the rest of a path keeps its encoding; bad URLs are 400', 'proved'],
  ['pkg/api/pluginproxy/utils_test.go', 'orEmpty gives an empty text', 'proved'],
]);
