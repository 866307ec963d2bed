import type { FillMode } from '@backplane/sdk/frames';
import type { SqlFormat } from '@backplane/sdk/sql';
import type { SqliteErrorCode } from '../errors.ts';
import type { Fill } from '../macros.ts';

/** The database that an engine process serves. */
export interface DatabaseTarget {
  /** Absolute. */
  readonly path: string;
  readonly allowWrites: boolean;
}

/** One piece of work for an engine process. */
export type EngineJob =
  | {
      readonly kind: 'query';
      readonly sql: string;
      readonly format: SqlFormat;
      readonly rowLimit: number;
      /** The query's own; that of a time group goes before it. */
      readonly fill?: FillMode | undefined;
      readonly grid?: Fill | undefined;
      readonly fromMs: number;
      readonly toMs: number;
    }
  | { readonly kind: 'tables' }
  | { readonly kind: 'columns'; readonly table: string };

/** A table or view. */
export interface TableInfo {
  readonly name: string;
  readonly type: 'table' | 'view';
}

/** A column of a table or view. */
export interface ColumnInfo {
  readonly name: string;
  /** As in CREATE TABLE, possibly empty. */
  readonly type: string;
  readonly nullable: boolean;
  readonly primaryKey: boolean;
}

/** What comes back: frames as Arrow files for queries, a value for the rest. */
export type EngineReply =
  | { readonly ok: true; readonly value: unknown; readonly frames: readonly Uint8Array[] }
  | { readonly ok: false; readonly code: SqliteErrorCode; readonly message: string };
