export { DATAPLANE_FINDING_CODES, type DataplaneFinding, type DataplaneFindingCode } from './findings.ts';
export { groupRows, rowsByGroup } from './group-rows.ts';
export type { Items, LabelledNumber, ReadOptions } from './items.ts';
export { formatLabelSet, labelsKey } from './labels.ts';
export { readItems, readNumbers, readSeries } from './read-items.ts';
export { type Series, type SeriesTimes, type SeriesValues, toNumber } from './series.ts';
export { type SeriesSchema, type TimeSeriesSchema, timeSeriesSchema } from './series-schema.ts';
export { DATAPLANE_TYPES, type DataplaneKind, type DataplaneType, type DataplaneTypeInfo, kindOf } from './types.ts';
export { assertDataplane, validateDataplane } from './validate.ts';
