export { type ParsedQuery, parseQueryRequest, type Selector } from './parse-request.ts';
export { type QueryAnswer, type QueryCall, QueryService, type QueryServiceOptions } from './run-queries.ts';
export { parseTime } from './time-range.ts';
