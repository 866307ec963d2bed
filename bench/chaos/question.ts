import type { PluginHandle, QueryDataRequest } from '@backplane/host';

/** What both conformance plugins have in row 0 of a column int64; each row has ten more. */
const FIRST_VALUE = 9_007_199_254_740_993n;

/** A query whose only right answer is known. */
export function question(
  number: number,
  id: string,
): { readonly request: QueryDataRequest; readonly refId: string; readonly rows: number } {
  const rows = 1 + (number % 97);
  const refId = `R${number}`;
  const json = JSON.stringify({ refId, queryType: 'table', rows, kinds: ['int64'] });
  return {
    refId,
    rows,
    request: {
      context: {
        orgId: 1,
        config: {},
        userAgent: 'Grafana/12.4.0 (linux; amd64)',
        dataSource: {
          id: 1,
          uid: id,
          type: id,
          name: id,
          url: '',
          user: '',
          database: '',
          basicAuthEnabled: false,
          basicAuthUser: '',
          jsonData: '{}',
          secureJsonData: {},
          updatedAtMs: 1,
          apiVersion: '',
        },
      },
      headers: {},
      queries: [{ refId, queryType: 'table', maxDataPoints: 100, intervalMs: 1_000, timeRange: { fromMs: 0, toMs: 1 }, json }],
    },
  };
}

/** Asks, and says what is wrong with the answer, if anything. */
export async function ask(plugin: PluginHandle, number: number): Promise<string | undefined> {
  const { request, refId, rows } = question(number, plugin.id);
  const { responses } = await plugin.queryData(request);
  const answer = responses.get(refId);
  if (responses.size !== 1 || answer === undefined) return `asked ${refId}, answered ${[...responses.keys()].join(', ') || 'nothing'}`;
  if (answer.error !== undefined) return `${refId}: ${answer.error}`;
  const field = answer.frames[0]?.fields[0];
  if (answer.frames.length !== 1 || answer.frames[0]?.length !== rows)
    return `${refId}: ${answer.frames[0]?.length} rows in place of ${rows}`;
  const last = field?.get(rows - 1);
  return last === FIRST_VALUE + BigInt(10 * (rows - 1)) ? undefined : `${refId}: ${String(last)} in row ${rows - 1}`;
}
