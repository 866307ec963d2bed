import type { Database } from './database.ts';
import { SqliteError } from './errors.ts';

/** `GET /tables` and `GET /tables/:name/columns`, for editors that complete names. */
export async function answerResource(database: Database, request: Request, signal: AbortSignal): Promise<Response> {
  const { pathname } = new URL(request.url);
  const columnsOf = /^\/tables\/([^/]+)\/columns$/.exec(pathname)?.[1];
  if (pathname !== '/tables' && columnsOf === undefined)
    return problem(404, `no resource ${pathname}; there are GET /tables and GET /tables/:name/columns`);
  if (request.method !== 'GET') return problem(405, `${pathname} takes GET only`);
  try {
    if (columnsOf === undefined) return Response.json(await database.tables(signal));
    const table = decodeURIComponent(columnsOf);
    const columns = await database.columns(table, signal);
    return columns === undefined ? problem(404, `no table or view ${JSON.stringify(table)}`) : Response.json(columns);
  } catch (error) {
    if (error instanceof URIError) return problem(400, `the table name in ${pathname} is no valid URL encoding`);
    if (error instanceof SqliteError) return problem(error.status, error.message);
    throw error;
  }
}

function problem(status: number, message: string): Response {
  return Response.json({ message }, { status });
}
