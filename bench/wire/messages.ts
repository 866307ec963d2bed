import { encodeArrow, float64, frame } from '@backplane/frames';
import type { Init, QueryDataRequest, RunStreamRequest } from '@backplane/protocol/pluginv2';
import type { Load } from '../peers/load.ts';
import type { WireHandlers } from './types.ts';

/** Methods by what they do here; paths of Grafana's plugin protocol. */
export const PATHS = { query: '/pluginv2.Data/QueryData', runStream: '/pluginv2.Stream/RunStream' } as const;

const CONTEXT = {
  orgId: 1n,
  pluginId: 'bench-datasource',
  pluginVersion: '1.0.0',
  grafanaConfig: { GF_SQL_ROW_LIMIT: '1000000' },
  userAgent: 'Grafana/12.4.0 (linux; amd64)',
  dataSourceInstanceSettings: {
    id: 1n,
    uid: 'conformance',
    name: 'Conformance',
    url: 'http://localhost',
    lastUpdatedMS: 1_700_000_000_000n,
  },
};

/** The query that hostprobe sends for the same load. */
export function queryOf({ queryType, requestBytes }: Pick<Load, 'queryType' | 'requestBytes'>): Init<QueryDataRequest> {
  return {
    pluginContext: CONTEXT,
    queries: [
      {
        refId: 'A',
        queryType,
        maxDataPoints: 1000n,
        intervalMS: 60_000n,
        timeRange: { fromEpochMS: 1_704_067_200_000n, toEpochMS: 1_704_070_800_000n },
        json: Buffer.from(JSON.stringify({ refId: 'A', queryType, text: 'q'.repeat(requestBytes) })),
      },
    ],
  };
}

/** The stream that hostprobe asks for. */
export const streamOf = (path: string): Init<RunStreamRequest> => ({ pluginContext: CONTEXT, path });

/** Answers as bench-datasource of conformance/go: frames and packets made beforehand, messages made for each call. */
export function benchHandlers(): WireHandlers {
  const frames = new Map<string, Uint8Array>();
  const frameOf = (size: string): Uint8Array => {
    const known = frames.get(size);
    if (known !== undefined) return known;
    const values = Float64Array.from({ length: Math.trunc(Number(size) / 8) }, (_, i) => i + 0.25);
    const made = encodeArrow(frame('bench', { value: float64(values) }));
    frames.set(size, made);
    return made;
  };
  const packets = new Map<number, Uint8Array>();
  const packetOf = (size: number): Uint8Array => {
    const known = packets.get(size) ?? Buffer.from(`"${'p'.repeat(size - 2)}"`);
    packets.set(size, known);
    return known;
  };
  return {
    query({ queries }) {
      const responses = queries.map(({ refId, queryType }) => [refId, { frames: [frameOf(queryType)], status: 200 }] as const);
      return { responses: Object.fromEntries(responses) };
    },
    *runStream({ path }) {
      const [count, size] = parseStream(path);
      const data = packetOf(size);
      for (let i = 0; i < count; i++) yield { data };
    },
  };
}

/** `1000x1024`: how many packets of how many bytes. @throws RangeError for anything else */
export function parseStream(path: string): [count: number, size: number] {
  const match = /^(\d+)x(\d+)$/.exec(path);
  if (match === null) throw new RangeError(`${path} is no COUNTxBYTES`);
  return [Number(match[1]), Number(match[2])];
}
