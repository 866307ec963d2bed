export { parseQueryRequest } from './parse-request.ts';
export { type QueryAnswer, QueryService } from './run-queries.ts';
export { parseTime } from './time-range.ts';
