/**
 * Recorded answers that ours differ from on purpose, by exchange id. docs/differences.md tells each with its reason;
 * a replay fails for one that comes out equal after all.
 */
export const CHOSEN: Readonly<Record<string, string>> = {
  'app-res-core': 'no core plugins of Grafana',
  'plugin-health-core': 'no core plugins of Grafana',
  'query-body-accept-arrow': 'who asks for Arrow gets it',
  'query-grafana': 'no core plugins of Grafana',
  'query-body-query-null': "400 for what is the caller's fault",
  'ds-health-missing-viewer': '404 for what is not there',
  'ds-health-empty-uid': '404 for what is not there',
  'ds-health-long-uid': '404 for what is not there',
  'ds-health-by-id-missing': '404 for what is not there',
  'res-missing': '404 for what is not there',
  'res-missing-viewer': '404 for what is not there',
  'res-by-id-missing': '404 for what is not there',
  'res-unknown-type': '404 for a plugin that is not loaded',
  'broken-crash-resource': '404 for a plugin that is not loaded',
  'app-proxy-datasource': '404 for settings that are not there',
  'ds-update-uid-change': "400 for what is the caller's fault",
  'proxy-path-dots-encoded': 'dots do not lead out of the URL of a data source',
  'proxy-route-secure-encoded-dots': 'dots do not lead past the role of a route',
  'app-proxy-dots': 'dots do not lead out of the URL of a route',
  'app-proxy-dots-encoded': 'dots do not lead out of the URL of a route',
  'app-proxy-broken': 'one answer, not two bodies in one; nothing is sent',
  'res-half': 'half an answer is broken off, not followed by a second body',
  'route-method-unknown': "refused by Node's parser before any route sees it",
  'sa-token-disabled': 'who is disabled does not come in',
  'admin-settings': 'only sections that are followed are shown',
  'apis-root': 'none of the newer APIs is here',
};
