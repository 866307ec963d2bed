import type { DataQuery, Init, PluginContext } from '@backplane/protocol/pluginv2';
import type { Command, ContextInit } from './types.ts';

const DEFAULT_CONTEXT: ContextInit = { orgId: 1, uid: 'conformance', updatedMs: 1_700_000_000_000 };
const bytes = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

/** The same plugin context that hostprobe sends. */
export function toPluginContext(context: ContextInit = DEFAULT_CONTEXT): Init<PluginContext> {
  const { login } = context;
  return {
    orgId: BigInt(context.orgId ?? 0),
    pluginId: 'conformance-datasource',
    pluginVersion: '1.0.0',
    grafanaConfig: { GF_SQL_ROW_LIMIT: '1000000' },
    userAgent: 'Grafana/12.4.0 (linux; amd64)',
    user: login === undefined ? undefined : { login, name: login, email: `${login}@localhost`, role: 'Editor' },
    dataSourceInstanceSettings: context.noSettings
      ? undefined
      : {
          id: 1n,
          uid: context.uid ?? '',
          name: 'Conformance',
          url: 'http://localhost',
          jsonData: context.jsonData === undefined ? new Uint8Array() : bytes(context.jsonData),
          decryptedSecureJsonData: { ...context.secure },
          lastUpdatedMS: BigInt(context.updatedMs ?? 0),
        },
  };
}

/** The same queries that hostprobe sends. */
export function toQueries(command: Command): Init<DataQuery>[] {
  return (command.queries ?? []).map(({ refId, queryType, model, maxDataPoints = '1000' }) => ({
    refId,
    queryType,
    maxDataPoints: BigInt(maxDataPoints),
    intervalMS: 60_000n,
    timeRange: { fromEpochMS: 1_704_067_200_000n, toEpochMS: 1_704_070_800_000n },
    json: bytes({ refId, queryType, ...model }),
  }));
}
