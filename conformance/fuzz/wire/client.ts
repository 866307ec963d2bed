import { GrpcStatusError } from '@backplane/protocol/grpc';
import type { Http2Options } from '@backplane/protocol/http2';
import type { FuzzTarget } from '../fuzz.ts';
import { damagedConnection } from './damage.ts';
import { type Arrival, finish, play } from './play.ts';
import { sameWhicheverWay } from './same.ts';
import { createFuzzClient, OPTIONS, recordScenarios, type Scenario } from './scenarios.ts';

/**
 * A client that makes calls, and gets damaged answers.
 *
 * Whatever comes, every call ends with a reply or a GrpcStatusError, the connection with one of HTTP/2's errors or none.
 */
export async function clientTarget(): Promise<FuzzTarget> {
  const scenarios = await recordScenarios();
  const samples = scenarios.map(({ server }) => server);
  return {
    name: 'client',
    run: (random) => {
      const scenario = random.of(scenarios);
      const bytes = damagedConnection(scenario.server, samples, random);
      const options = random.of(OPTIONS);
      return sameWhicheverWay(bytes, random, (arrival) => playClient(scenario, arrival, options));
    },
  };
}

async function playClient({ start }: Scenario, arrival: Arrival, options: Partial<Http2Options>) {
  const closed: (Error | undefined)[] = [];
  const { connection, calls } = createFuzzClient((error) => closed.push(error), options);
  const outcomes: string[] = [];
  const started = start(calls);
  for (const [i, call] of started.entries())
    call.then(
      (reply) => (outcomes[i] = `${reply}`),
      (error) => (outcomes[i] = describe(error)),
    );
  const written = await play(connection, arrival, false);
  await finish(connection);
  const settled = outcomes.filter((outcome) => outcome !== undefined).length;
  if (settled !== started.length) throw new Error(`${started.length - settled} calls have not ended`);
  if (closed.length !== 1) throw new Error(`the end was told ${closed.length} times`);
  const stranger = outcomes.find((outcome) => outcome.startsWith(STRANGER));
  if (stranger !== undefined) throw new Error(stranger);
  const fault = outcomes.find((outcome) => outcome.startsWith('!'));
  return { story: JSON.stringify([outcomes, closed[0]?.message]), written, refusal: closed[0]?.message ?? fault };
}

const STRANGER = '! not a GrpcStatusError: ';

/** A failed call in a line that starts with "!". */
function describe(error: unknown): string {
  return error instanceof GrpcStatusError ? `!${error.code} ${error.message}` : STRANGER + error;
}
