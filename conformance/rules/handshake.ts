import { differs, rulesOf } from './rule.ts';

const { host, plugin } = rulesOf('handshake');
const CLIENT = 'go-plugin client.go';
const SERVER = 'go-plugin server.go';
const GRAFANA_CLIENT = 'grafana pkg/plugins/backendplugin/grpcplugin/client.go';

/** Starting a plugin and its first line. */
export const handshakeRules = [
  host(
    1,
    'host-sets-cookie',
    ['sets grafana_plugin_type=datasource for every plugin', 'grafana-plugin-sdk-go backend/grpcplugin/handshake.go'],
    'proved',
  ),
  host(2, 'host-offers-version-2', ['sets PLUGIN_PROTOCOL_VERSIONS=2', GRAFANA_CLIENT], 'proved'),
  host(3, 'host-sets-port-range', ['sets PLUGIN_MIN_PORT=10000 and PLUGIN_MAX_PORT=25000', CLIENT], 'proved'),
  host(
    4,
    'host-sets-no-other-variables',
    ['sets no PLUGIN_CLIENT_CERT, PLUGIN_MULTIPLEX_GRPC or PLUGIN_UNIX_SOCKET_* unless told to', GRAFANA_CLIENT],
    differs('our host gives each plugin a socket folder in PLUGIN_UNIX_SOCKET_DIR, so that nothing is left behind by a killed one'),
  ),
  host(5, 'host-passes-no-arguments', ['starts the executable without arguments', GRAFANA_CLIENT], 'proved'),
  host(6, 'host-keeps-working-folder', ['leaves its own working folder to the plugin', CLIENT], 'proved'),
  host(7, 'host-environment-wins', ['lets its own environment override the variables it makes for a plugin', CLIENT], 'proved'),
  host(8, 'host-can-skip-environment', ['can keep its environment back, all but proxy variables', 'grafana pkg/plugins/envvars'], 'proved'),
  host(9, 'host-resolves-executable', ['runs EXECUTABLE_OS_ARCH with Go names for both', 'grafana pkg/plugins/plugins.go'], 'proved'),
  host(10, 'host-reports-missing-executable', ['reports a missing file at once, not at the timeout', CLIENT], 'proved'),
  host(11, 'host-reads-six-fields', ['accepts the six fields with a trailing bar that go-plugin prints', CLIENT], 'proved'),
  host(
    12,
    'host-reads-five-fields',
    ['accepts five fields', 'grafana-plugin-sdk-rust, grafana-plugin-sdk-go internal/standalone'],
    'proved',
  ),
  host(13, 'host-reads-seven-fields', ['accepts a seventh field that it did not ask for', CLIENT], 'proved'),
  host(14, 'host-trims-line', ['trims white space and CR around the line', CLIENT], 'proved'),
  host(15, 'host-refuses-other-first-line', ['fails on a first line with fewer than four fields and quotes it', CLIENT], 'proved'),
  host(16, 'host-reports-silent-exit', ['fails promptly when stdout closes without a line, and says so', CLIENT], 'proved'),
  host(17, 'host-limits-start', ['fails when no line comes in time, 60 seconds by default, and kills the process', CLIENT], 'proved'),
  host(18, 'host-needs-whole-line', ['takes text without a line end for no line', CLIENT], 'proved'),
  host(
    19,
    'host-refuses-versions',
    ['refuses a core version other than 1, an app version it did not offer, and what is no number', CLIENT],
    'proved',
  ),
  host(20, 'host-refuses-transports', ['refuses networks other than unix and tcp, and protocols other than grpc', CLIENT], 'proved'),
  host(21, 'host-ignores-short-certificate', ['ignores a sixth field of at most 50 characters', CLIENT], 'proved'),
  host(22, 'host-kills-after-failure', ['kills the process after every failed handshake', CLIENT], 'proved'),
  host(23, 'host-drains-stdout', ['keeps reading stdout after the handshake', CLIENT], 'proved'),
  host(24, 'host-dials-any-interface', ['understands a tcp address without a host', 'grafana-plugin-sdk-go internal/standalone'], 'proved'),
  plugin(
    25,
    'plugin-needs-cookie',
    ['exits with 1, a text on stderr and nothing on stdout when the cookie is missing or wrong', SERVER],
    'proved',
  ),
  plugin(26, 'plugin-prints-line-first', ['prints the handshake line before anything else', SERVER], 'proved'),
  plugin(27, 'plugin-line-form', ['ends the line with LF and fills its fields as go-plugin does', SERVER], 'proved'),
  plugin(28, 'plugin-accepts-at-line', ['accepts connections from the moment the line appears', SERVER], 'proved'),
  plugin(29, 'plugin-answers-version-2', ['answers version 2 also when the list lacks it or is not set', SERVER], 'proved'),
  plugin(30, 'plugin-skips-bad-versions', ['skips items of PLUGIN_PROTOCOL_VERSIONS that are no numbers', SERVER], 'proved'),
  plugin(31, 'plugin-uses-socket-folder', ['makes its socket in PLUGIN_UNIX_SOCKET_DIR when that is set', SERVER], 'proved'),
  plugin(32, 'plugin-socket-name-is-fresh', ['gives its socket a name that is new and cannot be guessed', SERVER], 'proved'),
  plugin(33, 'plugin-sets-socket-group', ['gives its socket to PLUGIN_UNIX_SOCKET_GROUP with mode 0660', SERVER], 'proved'),
  plugin(34, 'plugin-omits-mux-field', ['prints the seventh field only when it can multiplex', SERVER], 'proved'),
  plugin(
    35,
    'plugin-guards-stdout',
    ['keeps what its code prints away from the handshake', 'grafana-plugin-sdk-go (documented need)'],
    'proved',
  ),
  plugin(36, 'plugin-listens-on-windows', ['listens on 127.0.0.1 within the port range on Windows', SERVER], 'proved'),
  plugin(37, 'plugin-needs-no-environment', ['works without PATH and HOME', 'grafana pkg/plugins/envvars'], 'proved'),
  plugin(38, 'plugin-launcher-leaves-no-shell', ['leaves no process between the host and Node', CLIENT], 'proved'),
];
