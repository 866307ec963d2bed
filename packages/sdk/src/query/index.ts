export { type AnsweredQueries, type AnswerOptions, answerQueries, failQueries, type QueryAnswer } from './answer-queries.ts';
export type { RawQuery } from './parse-query.ts';
export type { Query, QueryHandler, QueryResult, TimeRange } from './types.ts';
