/** Where an offset lies, for messages: `line 2, column 8`, both counted from 1. */
export function describePosition(sql: string, offset: number): string {
  const before = sql.slice(0, offset);
  const line = before.split('\n').length;
  return `line ${line}, column ${offset - before.lastIndexOf('\n')}`;
}
