import type { PluginContext } from '@backplane/host';

/** What our host tells the conformance plugins: one data source without a user. */
export const HOST_CONTEXT: PluginContext = {
  orgId: 1,
  config: { GF_SQL_ROW_LIMIT: '1000000' },
  userAgent: 'Grafana/12.4.0 (linux; amd64)',
  dataSource: {
    id: 1,
    uid: 'conformance',
    type: 'conformance-datasource',
    name: 'Conformance',
    url: 'http://localhost',
    user: '',
    database: '',
    basicAuthEnabled: false,
    basicAuthUser: '',
    jsonData: '',
    secureJsonData: {},
    updatedAtMs: 1_700_000_000_000,
    apiVersion: '',
  },
};
