export { describePosition } from './position.ts';
export { type SqlToken, scanSql } from './scan.ts';
export { assertSingleStatement } from './statement.ts';
