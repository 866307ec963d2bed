import { decodeFrameJson, formatFrameTable } from '@backplane/frames';
import type { PluginHandle } from '@backplane/host';
import { EXIT, type Terminal, UsageError, visible } from '../terminal/index.ts';
import { readJsonArgument, readTextFile } from './parse-json.ts';
import { toQueries } from './query-document.ts';
import { decodeText, healthDocument, queryDocument, resourceDocument, streamDocument, subscribeDocument } from './report.ts';
import type { CallSettings } from './settings.ts';

/** Options of a call, as the user wrote them. */
export interface CallOptions {
  readonly query?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly path?: string | undefined;
  readonly method?: string | undefined;
  readonly body?: string | undefined;
  readonly headers: readonly string[];
  readonly data?: string | undefined;
  readonly count?: number | undefined;
  readonly rows: number;
  readonly json: boolean;
}

/** What an operation works with. */
export interface CallScene extends CallSettings {
  readonly plugin: PluginHandle;
  readonly options: CallOptions;
  readonly terminal: Terminal;
  /** Ends the call; from here on nothing more is expected of the plugin. */
  readonly call: { readonly signal: AbortSignal };
}

/** Makes one call and prints its outcome; resolves with the exit code. */
export type Operation = (scene: CallScene) => Promise<number>;

const LINE_FEED = 10;

/** What `backplane call` can do, by name. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  async health({ plugin, context, headers, call, options, terminal }) {
    const result = await plugin.checkHealth({ context, headers }, call);
    if (options.json) terminal.out(`${healthDocument(result)}\n`);
    else {
      terminal.out(`${result.status}${result.message === '' ? '' : `: ${visible(result.message)}`}\n`);
      if (result.jsonDetails.length > 0) terminal.out(`${prettyJson(result.jsonDetails)}\n`);
    }
    return result.status === 'ERROR' ? EXIT.failed : EXIT.ok;
  },

  async query({ plugin, context, headers, call, options, terminal }) {
    if (options.query === undefined) throw new UsageError('query needs --query with a JSON document or the name of a file that holds one');
    const document = readJsonArgument(options.query, 'the query document');
    const queries = toQueries(document, { from: options.from, to: options.to, nowMs: Date.now() });
    const result = await plugin.queryData({ context, headers, queries }, call);
    if (options.json) terminal.out(`${queryDocument(result)}\n`);
    let failed = false;
    for (const [refId, response] of result.responses) {
      if (response.error !== undefined) failed = true;
      if (options.json) continue;
      if (response.error !== undefined)
        terminal.err(
          `${refId}: error ${response.status}${response.errorSource ? ` (${response.errorSource})` : ''}: ${visible(response.error)}\n`,
        );
      for (const frame of response.frames) terminal.out(formatFrameTable(frame, tableLimits(options, terminal)));
      if (response.frames.length === 0 && response.error === undefined) terminal.out(`${refId}: no frames, status ${response.status}\n`);
    }
    for (const { refId } of queries)
      if (!result.responses.has(refId) && !options.json) terminal.err(`${refId}: the plugin gave no response\n`);
    return failed ? EXIT.failed : EXIT.ok;
  },

  async resource({ plugin, context, call, options, terminal }) {
    const url = (options.path ?? '').replace(/^\/+/, '');
    const request = {
      context,
      path: url.split('?')[0]!,
      url,
      method: (options.method ?? (options.body === undefined ? 'GET' : 'POST')).toUpperCase(),
      headers: parseHeaders(options.headers),
      body: new TextEncoder().encode(readBody(options.body)),
    };
    const { status, headers, body } = await plugin.callResource(request, call);
    const parts: Uint8Array[] = [];
    if (!options.json) terminal.err(formatHead(status, headers));
    for await (const part of body) {
      parts.push(part);
      if (!options.json) terminal.out(decodeText(part) ?? Buffer.from(part).toString('latin1'));
    }
    if (options.json) terminal.out(`${resourceDocument({ status, headers, parts })}\n`);
    else if ((parts.at(-1)?.at(-1) ?? LINE_FEED) !== LINE_FEED) terminal.out('\n');
    return status >= 400 ? EXIT.failed : EXIT.ok;
  },

  async metrics({ plugin, context, call, terminal }) {
    const text = decodeText(await plugin.collectMetrics({ context }, call)) ?? '';
    terminal.out(text === '' || text.endsWith('\n') ? text : `${text}\n`);
    if (text === '') terminal.err('the plugin has no metrics\n');
    return EXIT.ok;
  },

  subscribe: (scene) => answerChannel(scene, 'subscribeStream'),
  publish: (scene) => answerChannel(scene, 'publishStream'),

  async run({ plugin, context, headers, call, options, terminal }) {
    const packets: Uint8Array[] = [];
    let end = 'OK';
    let failure: unknown;
    let seen = 0;
    try {
      for await (const packet of plugin.runStream({ context, headers, path: channelPath(options), data: channelData(options) }, call)) {
        seen++;
        if (options.json) packets.push(packet.slice());
        else terminal.out(formatPacket(packet, options, terminal));
        if (seen !== options.count) continue;
        end = 'CANCELLED';
        break;
      }
    } catch (error) {
      end = 'CANCELLED';
      if (!call.signal.aborted) {
        failure = error;
        end = 'ERROR';
      }
    }
    if (options.json) terminal.out(`${streamDocument(packets, end, failure)}\n`);
    else if (failure !== undefined) throw failure;
    else terminal.err(`${seen} packets, ${end === 'OK' ? 'ended by the plugin' : 'stopped'}\n`);
    return failure === undefined ? EXIT.ok : EXIT.failed;
  },
};

async function answerChannel(
  { plugin, context, headers, call, options, terminal }: CallScene,
  kind: 'subscribeStream' | 'publishStream',
): Promise<number> {
  const result = await plugin[kind]({ context, headers, path: channelPath(options), data: channelData(options) }, call);
  if (options.json) terminal.out(`${subscribeDocument(result)}\n`);
  else {
    terminal.out(`${result.status}\n`);
    if (result.data.length > 0) terminal.out(formatPacket(result.data, options, terminal));
  }
  return result.status === 'OK' ? EXIT.ok : EXIT.failed;
}

function formatHead(status: number, headers: Readonly<Record<string, readonly string[]>>): string {
  const lines = Object.entries(headers).flatMap(([name, values]) => values.map((value) => `${name}: ${visible(value)}`));
  return `${[status, ...lines].join('\n')}\n`;
}

function channelPath({ path }: CallOptions): string {
  if (path === undefined) throw new UsageError('a stream needs --path, the part of the channel after the plugin or data source');
  return path;
}

function channelData({ data }: CallOptions): Uint8Array {
  return new TextEncoder().encode(data === undefined ? '' : JSON.stringify(readJsonArgument(data, 'the data')));
}

/** Packets usually are frames, whole or without their schema; whatever else they are is printed as it is. */
function formatPacket(packet: Uint8Array, options: CallOptions, terminal: Terminal): string {
  const text = decodeText(packet);
  if (text?.startsWith('{"schema"')) {
    try {
      return formatFrameTable(decodeFrameJson(text), tableLimits(options, terminal));
    } catch {
      // No frame after all: shown as JSON.
    }
  }
  return `${text === undefined ? `${packet.length} bytes that are no text` : visible(text)}\n`;
}

function tableLimits({ rows }: CallOptions, { columns }: Terminal): { maxRows: number; maxWidth: number } {
  return { maxRows: rows, maxWidth: columns ?? 10_000 };
}

/** `@file` reads a file, as curl does. */
function readBody(body: string | undefined): string {
  if (body === undefined) return '';
  return body.startsWith('@') ? readTextFile(body.slice(1), 'the body file') : body;
}

function parseHeaders(lines: readonly string[]): Record<string, string[]> {
  const headers: Record<string, string[]> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 1) throw new UsageError(`--header ${JSON.stringify(line)} has no colon; write --header 'Name: value'`);
    const name = line.slice(0, colon).trim();
    headers[name] = [...(headers[name] ?? []), line.slice(colon + 1).trim()];
  }
  return headers;
}

function prettyJson(bytes: Uint8Array): string {
  const text = decodeText(bytes) ?? '';
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return visible(text);
  }
}
