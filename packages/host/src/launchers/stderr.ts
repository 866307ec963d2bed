import type { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SideStreamOptions } from '@backplane/protocol/goplugin';
import { type LogEntry, LogLineParser, readLines } from '@backplane/protocol/log';
import { describeError, visible } from '../errors/index.ts';
import type { LineBudget } from './line-budget.ts';
import type { HostLogger } from './logger.ts';
import { paced } from './pace.ts';

/** Longer lines come in pieces of this size, as with Go's host. */
const maxLineBytes = 64 * 1024;
/** Lines handled in one go, a few milliseconds: between them others have their turn, however fast a plugin writes. */
const linesPerTurn = 256;
// A syntax error of Node, with the code that it shows and its stack, has up to 30.
const tailLines = 40;
const tailLineLength = 500;

/** What is known of the standard error of a process. */
export interface StderrReader {
  /** Resolves, and never rejects, when the stream is at its end or was destroyed. */
  readonly ended: Promise<void>;
  /** Last lines, oldest first, each cut to 500 characters. */
  tail(): readonly string[];
}

/** Where lines of one run of a plugin go. */
export interface PluginLog {
  readonly pluginId: string;
  readonly logger: HostLogger;
  readonly budget: LineBudget;
}

/** Reads the standard error of a plugin for ever: log lines go to the logger, the last ones are kept. */
export function readStderr(stream: Readable, { pluginId, logger, budget }: PluginLog): StderrReader {
  const tail: string[] = [];
  return { ended: read(), tail: () => [...tail] };

  async function read(): Promise<void> {
    const parser = new LogLineParser();
    let lines = 0;
    try {
      for await (const line of readLines(paced(stream), maxLineBytes)) {
        if (++lines % linesPerTurn === 0) await nextTurn();
        const entry = parser.parse(line);
        tail.push(formatEntry(entry).slice(0, tailLineLength));
        if (tail.length > tailLines) tail.shift();
        if (budget.takes(line.length)) logEntry(logger, pluginId, entry);
      }
    } catch (error) {
      // We destroy the stream ourselves when something else holds it open.
      if ((error as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE') return;
      logger.warn('standard error of a plugin cannot be read', { logger: `plugin.${pluginId}`, error: describeError(error) });
    } finally {
      budget.tellDropped();
    }
  }
}

/** What a Go plugin prints after its start comes by gRPC; Grafana drops it, we show it at debug. */
export function sideStreamLogger({ pluginId, logger, budget }: PluginLog): SideStreamOptions {
  const log = (stream: string) => (data: Uint8Array) => {
    if (data.length === 0 || !budget.takes(data.length)) return;
    const text = new TextDecoder().decode(data.subarray(0, maxLineBytes)).trimEnd();
    if (text !== '') logger.debug(visible(text), { logger: `plugin.${pluginId}`, stream });
  };
  const onError = (error: unknown) =>
    logger.warn('what a plugin prints cannot be read', { logger: `plugin.${pluginId}`, error: describeError(error) });
  return { onStdout: log('stdout'), onStderr: log('stderr'), onError };
}

function formatEntry({ message, fields }: LogEntry): string {
  return Object.keys(fields).length === 0 ? message : `${message} ${JSON.stringify(fields)}`;
}

function logEntry(logger: HostLogger, pluginId: string, { level, message, fields }: LogEntry): void {
  logger[level === 'trace' ? 'debug' : level](visible(message), { ...fields, logger: `plugin.${pluginId}` });
}
