import type { Readable } from 'node:stream';
import { type LogEntry, LogLineParser, readLines } from '@backplane/protocol/log';
import type { HostLogger } from './logger.ts';

/** Longer lines come in pieces of this size, as with Go's host. */
const maxLineBytes = 64 * 1024;
const tailLines = 20;
const tailLineLength = 500;

/** What is known of the standard error of a process. */
export interface StderrReader {
  /** Resolves, and never rejects, when the stream is at its end or was destroyed. */
  readonly ended: Promise<void>;
  /** Last lines, oldest first, each cut to 500 characters. */
  tail(): readonly string[];
}

/** Reads the standard error of a plugin for ever: log lines go to the logger, the last ones are kept. */
export function readStderr(
  stream: Readable,
  { pluginId, logger }: { readonly pluginId: string; readonly logger: HostLogger },
): StderrReader {
  const tail: string[] = [];
  return { ended: read(), tail: () => [...tail] };

  async function read(): Promise<void> {
    const parser = new LogLineParser();
    try {
      for await (const line of readLines(stream, maxLineBytes)) {
        const entry = parser.parse(line);
        tail.push(entry.message.slice(0, tailLineLength));
        if (tail.length > tailLines) tail.shift();
        logEntry(logger, pluginId, entry);
      }
    } catch (error) {
      // We destroy the stream ourselves when something else holds it open.
      if ((error as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE') return;
      logger.warn('standard error of a plugin cannot be read', { logger: `plugin.${pluginId}`, error: String(error) });
    }
  }
}

/** What a Go plugin prints after its start comes by gRPC; Grafana drops it, we show it at debug. */
export function sideStreamLogger(
  pluginId: string,
  logger: HostLogger,
): { onStdout(data: Uint8Array): void; onStderr(data: Uint8Array): void } {
  const log = (stream: string) => (data: Uint8Array) => {
    const text = new TextDecoder().decode(data).trimEnd();
    if (text !== '') logger.debug(text, { logger: `plugin.${pluginId}`, stream });
  };
  return { onStdout: log('stdout'), onStderr: log('stderr') };
}

function logEntry(logger: HostLogger, pluginId: string, { level, message, fields }: LogEntry): void {
  logger[level === 'trace' ? 'debug' : level](message, { ...fields, logger: `plugin.${pluginId}` });
}
