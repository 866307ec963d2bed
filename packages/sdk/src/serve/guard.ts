import { guardOutput, log, writeStderr } from '../log/index.ts';
import { reportCrash } from './crash.ts';

/** The environment variable by which a host says that it, and no person, started the process. */
export const cookie = 'grafana_plugin_type';

// The one effect of importing the SDK, and only in a process that a host started as a plugin: a host reads the
// handshake as the first line of stdout, so nothing else may get there. Modules imported after the SDK are covered
// while they load; those imported before it are not.
if (process.env[cookie] !== undefined) {
  guardOutput({ log, stdout: process.stdout, stderr: process.stderr, console, writeLine: writeStderr });
  // Node prints warnings past process.stderr, as text that hosts show at debug level, that is to say not at all.
  process.removeAllListeners('warning');
  process.on('warning', ({ name, message }) => log.warn(message, { name }));
  const options = { log, exit: (code: number) => process.exit(code) };
  process.on('uncaughtException', (error) => reportCrash(error, 'uncaughtException', options));
  process.on('unhandledRejection', (reason) => reportCrash(reason, 'unhandledRejection', options));
}

/** True when output is guarded: the process was started as a plugin. */
export const isPluginProcess = process.env[cookie] !== undefined;
