import { FRAME_TYPE_VERSIONS, type Frame, type FrameType } from '../model/index.ts';

/** What the items of a response are. */
export type DataplaneKind = 'timeseries' | 'numeric' | 'logs' | 'heatmap' | 'table' | 'listing';

/** What is known about one type of the contract. */
export interface DataplaneTypeInfo {
  readonly kind: DataplaneKind;
  /** Whether the frames of a response hold one item each, so that several frames are usual. */
  readonly framePerItem: boolean;
  /** The type that replaced this one. */
  readonly replacedBy?: FrameType;
}

/** The types of the data plane contract. */
export const DATAPLANE_TYPES: Readonly<Record<FrameType, DataplaneTypeInfo>> = {
  'timeseries-wide': { kind: 'timeseries', framePerItem: false },
  'timeseries-long': { kind: 'timeseries', framePerItem: false },
  'timeseries-multi': { kind: 'timeseries', framePerItem: true },
  'timeseries-many': { kind: 'timeseries', framePerItem: true, replacedBy: 'timeseries-multi' },
  'numeric-wide': { kind: 'numeric', framePerItem: false },
  'numeric-long': { kind: 'numeric', framePerItem: false },
  'numeric-multi': { kind: 'numeric', framePerItem: true },
  'log-lines': { kind: 'logs', framePerItem: true },
  'heatmap-rows': { kind: 'heatmap', framePerItem: true },
  'heatmap-cells': { kind: 'heatmap', framePerItem: true },
  table: { kind: 'table', framePerItem: true },
  'directory-listing': { kind: 'listing', framePerItem: true },
};

/** What a response says that it is. */
export interface DataplaneType extends DataplaneTypeInfo {
  readonly type: FrameType;
  /** The newest version known here; `[0, 0]` for drafts and for types without contract. */
  readonly version: readonly [major: number, minor: number];
  /** The version that the first frame says it follows. */
  readonly saidVersion: readonly [major: number, minor: number];
}

/**
 * What the frames of one refId say that they are, by the meta of the first frame, as Grafana decides it.
 *
 * @returns undefined when there is no frame, or its type is missing or not of the contract
 */
export function kindOf(frames: readonly Frame[]): DataplaneType | undefined {
  const meta = frames[0]?.meta;
  if (meta?.type === undefined || !isDataplaneType(meta.type)) return undefined;
  return { ...DATAPLANE_TYPES[meta.type], type: meta.type, version: FRAME_TYPE_VERSIONS[meta.type], saidVersion: meta.typeVersion };
}

/** Whether a `meta.type` is a type of the contract. */
export function isDataplaneType(type: string): type is FrameType {
  return Object.hasOwn(DATAPLANE_TYPES, type);
}

/**
 * The type that server side expressions read frames by, as opposed to guessing from their shape.
 *
 * @returns undefined for version 0.0, for kinds without series or numbers, and for untyped frames
 */
export function readableTypeOf(frames: readonly Frame[]): DataplaneType | undefined {
  const said = kindOf(frames);
  if (said === undefined || (said.kind !== 'timeseries' && said.kind !== 'numeric')) return undefined;
  return said.replacedBy !== undefined || compareVersions(said.saidVersion, [0, 0]) === 0 ? undefined : said;
}

/** Below, at or above zero as `a` is older than, the same as or newer than `b`. */
export function compareVersions(a: readonly [number, number], b: readonly [number, number]): number {
  return (a[0] ?? 0) - (b[0] ?? 0) || (a[1] ?? 0) - (b[1] ?? 0);
}
