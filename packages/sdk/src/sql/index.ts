export { mysqlColumn, postgresColumn, type SqlColumn, sqliteColumn } from './columns.ts';
export type { SqlDialect } from './dialects.ts';
export { defineMacros, type Macro, type MacroEngine, type MacroOptions, type Macros, type MacroVariables } from './macros.ts';
export { type SqlFormat, type SqlQuery, sqlQueryModel } from './query-model.ts';
export { createRowCollector, frameFromSqlRows, type SqlRow, type SqlRowCollector, type SqlRowsOptions } from './rows.ts';
export { describePosition, type SqlToken, type SqlTokenKind, scanSql } from './scan.ts';
export { type ShapeOptions, type SqlGrid, shapeRows } from './shape.ts';
export { type SqlMacroContext, standardMacros, timeVariables } from './standard-macros.ts';
