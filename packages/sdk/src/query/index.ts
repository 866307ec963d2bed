export { answerQueries, failQueries, type PackedFrame, type QueryAnswer } from './answer-queries.ts';
export type { RawQuery } from './parse-query.ts';
export { type AnswerPart, streamAnswers } from './stream-answers.ts';
export type { Query, QueryHandler, QueryOutput, TimeRange } from './types.ts';
