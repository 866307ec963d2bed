import type { FieldConfig } from './field-config.ts';

/** The structures of the data plane contract. */
export type FrameType =
  | 'timeseries-wide'
  | 'timeseries-long'
  | 'timeseries-multi'
  | 'timeseries-many'
  | 'numeric-wide'
  | 'numeric-multi'
  | 'numeric-long'
  | 'log-lines'
  | 'heatmap-rows'
  | 'heatmap-cells'
  | 'table'
  | 'directory-listing';

/** The newest version of each type known here; `[0, 0]` for drafts and for types without contract. */
export const FRAME_TYPE_VERSIONS: Readonly<Record<FrameType, readonly [major: number, minor: number]>> = {
  'timeseries-wide': [0, 1],
  'timeseries-long': [0, 1],
  'timeseries-multi': [0, 1],
  'timeseries-many': [0, 0],
  'numeric-wide': [0, 1],
  'numeric-multi': [0, 1],
  'numeric-long': [0, 1],
  'log-lines': [0, 0],
  'heatmap-rows': [0, 0],
  'heatmap-cells': [0, 0],
  table: [0, 0],
  'directory-listing': [0, 0],
};

/** What a frame says about itself. Keys not listed here survive decoding and encoding. */
export interface FrameMeta {
  readonly type?: FrameType | (string & {});
  /** Major and minor version of `type`; `[0, 0]` when nothing was said. */
  readonly typeVersion: readonly [number, number];
  readonly path?: string;
  readonly pathSeparator?: string;
  readonly custom?: unknown;
  readonly stats?: readonly (FieldConfig & { readonly value: number })[];
  readonly notices?: readonly Notice[];
  /** Live channel with further data. */
  readonly channel?: string;
  readonly preferredVisualisationType?: 'graph' | 'table' | 'logs' | 'trace' | 'nodeGraph' | 'flamegraph' | (string & {});
  readonly preferredVisualisationPluginId?: string;
  /** The query as it was sent, with variables and macros filled in. */
  readonly executedQueryString?: string;
  readonly dataTopic?: 'annotations' | (string & {});
  /** Indexes of the fields that together name a row. */
  readonly uniqueRowIdFields?: readonly number[];
}

/** A remark shown beside the data. */
export interface Notice {
  readonly severity: 'info' | 'warning' | 'error';
  readonly text: string;
  readonly link?: string;
  /** Inspector tab to open: 1 meta, 2 error, 3 data, 4 stats. */
  readonly inspect?: 0 | 1 | 2 | 3 | 4;
}

/** Meta as authors give it: the version may be left out. */
export type FrameMetaInput = Omit<FrameMeta, 'typeVersion'> & { readonly typeVersion?: readonly [number, number] | undefined };

/** Meta with its version, which always stands once there is meta. */
export function completeMeta(meta: FrameMetaInput): FrameMeta {
  return meta.typeVersion === undefined ? { ...meta, typeVersion: [0, 0] } : (meta as FrameMeta);
}
