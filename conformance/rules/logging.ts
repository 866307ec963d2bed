import { rulesOf } from './rule.ts';

const { host, plugin } = rulesOf('logging');
const FORMAT = 'go-plugin log_entry.go';
const READER = 'go-plugin client.go logStderr';

/** Lines on stderr. */
export const loggingRules = [
  plugin(77, 'plugin-lines-parse', ['writes lines that the host reads with their level and arguments', FORMAT], 'proved'),
  plugin(78, 'plugin-six-digits', ['writes times with six fraction digits, without which the line is taken for text', FORMAT], 'proved'),
  plugin(
    79,
    'plugin-safe-lines',
    ['never writes an object whose @message, @level or @timestamp is no string: it would end the host', FORMAT],
    'proved',
  ),
  plugin(80, 'plugin-short-lines', ['keeps each line under 64 KiB', READER], 'proved'),
  plugin(81, 'plugin-level-names', ['names levels trace, debug, info, warn and error only', FORMAT], 'proved'),
  plugin(82, 'plugin-reports-crash', ['turns an uncaught exception into one line of level error and a non-zero exit', READER], 'proved'),
  host(83, 'host-reads-lines', ['reads a corpus of lines as the genuine host does: level, message, arguments', READER], 'proved'),
  host(84, 'host-survives-bad-lines', ['survives an @message that is no string; go-plugin does not', FORMAT], 'proved'),
  host(85, 'host-survives-long-lines', ['loses nothing after a line of more than 64 KiB', READER], 'proved'),
  host(86, 'host-raises-panics', ['logs what follows "panic: " as error', READER], 'proved'),
  host(
    87,
    'host-drops-timestamp',
    ['keeps all arguments of a line but timestamp', 'grafana pkg/plugins/backendplugin/grpcplugin/log_wrapper.go'],
    'proved',
  ),
];
