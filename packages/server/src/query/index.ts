export { parseQueryRequest } from './parse-request.ts';
export { type QueryAnswer, type QueryPart, QueryService } from './run-queries.ts';
export { parseTime } from './time-range.ts';
