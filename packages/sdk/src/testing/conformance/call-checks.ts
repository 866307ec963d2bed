import { ping } from '@backplane/protocol/goplugin';
import { type Channel, connect, GrpcCode, GrpcStatusError } from '@backplane/protocol/grpc';
import { data, diagnostics } from '@backplane/protocol/pluginv2';
import { type FakeContext, toPluginContext } from '../fake-context.ts';
import type { PluginProcess } from '../plugin-process.ts';
import type { Check, Problem } from './types.ts';

/** A running plugin. */
export interface RunningSubject {
  readonly process: PluginProcess;
  readonly channel: Channel;
  readonly context: FakeContext;
  readonly isDataSource: boolean;
}

/** How long any call may take. */
const CALL_LIMIT_MS = 30_000;
const options = { timeoutMs: CALL_LIMIT_MS };

/** What a running plugin answers. They share a process, in their order. */
export const callChecks: readonly Check<RunningSubject>[] = [
  {
    rule: 'helpers/plugin-health-names',
    title: 'the health service of gRPC says that "plugin" is served',
    async run({ channel }) {
      await ping(channel, { signal: AbortSignal.timeout(CALL_LIMIT_MS) });
      return undefined;
    },
  },
  {
    rule: 'transport/plugin-takes-connections',
    title: 'it takes another connection beside the first',
    async run({ channel }) {
      await using other = await connect(channel.address, {});
      await ping(other, { signal: AbortSignal.timeout(CALL_LIMIT_MS) });
      return undefined;
    },
  },
  {
    rule: 'transport/plugin-unknown-method',
    title: 'an unknown service is answered Unimplemented, and nothing breaks',
    async run({ channel }) {
      const code = await codeOf(channel.unary({ ...diagnostics.collectMetrics, path: '/conformance.Nothing/Call' }, {}, options));
      if (code === GrpcCode.unimplemented) return undefined;
      return {
        found: `it was answered with status ${code}`,
        fix: 'answer Unimplemented (12): hosts try services to learn what a plugin can do',
      };
    },
  },
  {
    rule: 'calls/plugin-health-instance-error',
    title: 'a health check with settings that cannot work is an answer, no failed call',
    async run({ channel, context }) {
      const pluginContext = toPluginContext({ ...context, jsonData: {}, secure: {}, uid: 'unusable' });
      return mayBeMissing(
        await codeOf(channel.unary(diagnostics.checkHealth, { pluginContext }, options)),
        'checkHealth',
        'status ERROR with a text',
      );
    },
  },
  {
    rule: 'calls/plugin-minimal-context',
    title: 'a call without user, and with settings that were never stored, is answered',
    async run({ channel, context }) {
      const pluginContext = toPluginContext({ ...context, user: null, orgId: 0, updatedAtMs: -6_795_364_578_871, uid: 'never-stored' });
      const call = channel.unary(diagnostics.checkHealth, { pluginContext }, options);
      return mayBeMissing(await codeOf(call), 'checkHealth', 'an answer: alerting calls without a user');
    },
  },
  {
    rule: 'calls/plugin-metrics-text',
    title: 'metrics are in Prometheus’ text format',
    async run({ channel }) {
      const call = channel.unary(diagnostics.collectMetrics, {}, options);
      const code = await codeOf(call);
      if (code !== GrpcCode.ok) return mayBeMissing(code, 'metrics', 'text');
      const text = Buffer.from((await call).metrics?.prometheus ?? []).toString();
      const wrong = text.split('\n').find((line) => line !== '' && !/^(#|[a-zA-Z_:][\w:]*(\{.*\})? \S+( -?\d+)?$)/.test(line));
      return wrong === undefined
        ? undefined
        : { found: `a line is ${JSON.stringify(wrong)}`, fix: 'write one sample a line: name{label="value"} number' };
    },
  },
  {
    rule: 'calls/plugin-answers-every-query',
    title: 'a query that makes no sense is an error of that query, not of the call or the process',
    async run({ channel, context, isDataSource }) {
      if (!isDataSource) return undefined;
      const queries = ['A', 'ü'].map((refId) => ({
        refId,
        queryType: 'conformance-nonsense',
        json: Buffer.from(`{"refId":"${refId}","text":"ünïcödé 🚉"}`),
      }));
      const call = channel.unary(data.queryData, { pluginContext: toPluginContext(context), queries }, options);
      const code = await codeOf(call);
      if (code === GrpcCode.unimplemented) return { found: 'it answers no queries', fix: 'a data source has to; give it a query handler' };
      if (code !== GrpcCode.ok)
        return {
          found: `the whole call failed with status ${code}`,
          fix: 'answer each query by itself: other panels wait for theirs',
          isWarning: true,
        };
      const { responses } = await call;
      const missing = queries.filter(({ refId }) => responses[refId] === undefined);
      if (missing.length === 0) return undefined;
      return {
        found: `no answer for ${missing.map(({ refId }) => refId).join(' and ')}`,
        fix: 'answer every refId of the request',
        isWarning: true,
      };
    },
  },
  {
    rule: 'handshake/plugin-guards-stdout',
    title: 'nothing but the handshake got to stdout',
    run({ process }) {
      const rest = process.stdout.slice(process.stdout.indexOf('\n') + 1);
      if (rest === '') return undefined;
      return {
        found: JSON.stringify(rest.slice(0, 200)),
        fix: 'log to stderr; hosts throw away what comes after the handshake',
        isWarning: true,
      };
    },
  },
  {
    rule: 'logging/plugin-lines-parse',
    title: 'every line on stderr is a log line: one JSON object with @level, @message and @timestamp',
    run({ process }) {
      const odd = process.logs.all.find(({ level }) => level === '');
      if (odd === undefined) return undefined;
      return {
        found: JSON.stringify(odd.message.slice(0, 200)),
        fix: 'write hclog JSON; hosts show other lines at debug level, that is to say not at all',
        isWarning: true,
      };
    },
  },
];

/** The status that a call ends with. @throws whatever is no status, such as a lost connection */
async function codeOf(call: Promise<unknown>): Promise<GrpcCode> {
  try {
    await call;
    return GrpcCode.ok;
  } catch (error) {
    if (error instanceof GrpcStatusError) return error.code;
    throw error;
  }
}

function mayBeMissing(code: GrpcCode, what: string, wanted: string): Problem | undefined {
  if (code === GrpcCode.ok) return undefined;
  if (code === GrpcCode.unimplemented)
    return { found: `${what} is not implemented`, fix: `add it; Grafana shows that it is missing`, isWarning: true };
  return { found: `${what} failed with status ${code}`, fix: `give ${wanted}` };
}
