// The `backplane` program. Everything that belongs to the process stands here; the rest can be called from tests.
import { runCli } from './cli.ts';
import { EXIT, type Terminal } from './terminal/index.ts';

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // The first asks to end cleanly; whoever sends a second one does not want to wait.
    if (interrupted.signal.aborted) process.exit(EXIT.interrupted);
    interrupted.abort(new Error(`stopped by ${signal}`));
  });
}
// A reader that has seen enough (`| head`) ends the command like Ctrl-C.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  interrupted.abort(new Error('standard output was closed'));
});
// A log that nobody reads any more is no reason to stop a server, and there is nowhere to say so.
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

const terminal: Terminal = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  columns: process.stdout.isTTY ? process.stdout.columns : undefined,
  env: process.env,
  signal: interrupted.signal,
};

runCli(process.argv.slice(2), terminal).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    terminal.err(`backplane failed, which is a bug of Backplane: ${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = EXIT.failed;
  },
);
