import type { Http2Options } from '@backplane/protocol/http2';
import type { FuzzTarget } from '../fuzz.ts';
import { damagedConnection } from './damage.ts';
import { type Arrival, finish, play } from './play.ts';
import { type Result, sameWhicheverWay } from './same.ts';
import { createFuzzServer, type HandlerLog, OPTIONS, recordScenarios } from './scenarios.ts';

/**
 * A server that gets damaged requests.
 *
 * Whatever comes, every handler that has started ends, and the connection ends with one of HTTP/2's errors or none.
 */
export async function serverTarget(): Promise<FuzzTarget> {
  const scenarios = await recordScenarios();
  const samples = scenarios.map(({ client }) => client);
  const log: HandlerLog = { running: 0, errors: [] };
  const server = createFuzzServer(log);
  const playServer = async (arrival: Arrival, options: Partial<Http2Options>): Promise<Result> => {
    const connection = server.accept(options);
    const written = await play(connection, arrival, true);
    const refusal = connection.endError?.message;
    await finish(connection);
    const { running, errors } = log;
    log.running = 0;
    log.errors = [];
    if (running !== 0) throw new Error(`${running} handlers have not ended`);
    if (errors.length > 0) throw errors[0];
    return { story: refusal ?? '', written, refusal };
  };
  return {
    name: 'server',
    run: (random) => {
      const bytes = damagedConnection(random.of(samples), samples, random);
      const options = random.of(OPTIONS);
      return sameWhicheverWay(bytes, random, (arrival) => playServer(arrival, options));
    },
  };
}
