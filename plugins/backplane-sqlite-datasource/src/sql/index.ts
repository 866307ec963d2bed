export { describePosition } from './position.ts';
export { type SqlToken, type SqlTokenKind, scanSql } from './scan.ts';
export { assertSingleStatement } from './statement.ts';
