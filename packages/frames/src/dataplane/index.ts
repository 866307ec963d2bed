export { DATAPLANE_FINDING_CODES, type DataplaneFinding, type DataplaneFindingCode } from './findings.ts';
export { formatLabelSet } from './labels.ts';
export { type Items, type LabelledNumber, type ReadOptions, readItems, readNumbers, readSeries } from './read-items.ts';
export type { Series, SeriesTimes, SeriesValues } from './series.ts';
export { DATAPLANE_TYPES, type DataplaneKind, type DataplaneType, type DataplaneTypeInfo, kindOf } from './types.ts';
export { assertDataplane, validateDataplane } from './validate.ts';
