export type { ColumnInfo, DatabaseTarget, EngineJob, EngineReply, TableInfo } from './jobs.ts';
export { encodeMessage, ReplyReader } from './wire.ts';
