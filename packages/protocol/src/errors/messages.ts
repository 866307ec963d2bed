/** Whose mistake an error is. `peer` is the other end of a connection, whichever side that is. */
export type Fault = 'caller' | 'host' | 'plugin' | 'peer';

interface CodeRow<Facts> {
  readonly fault: Fault;
  readonly message: (facts: Facts) => string;
}

/** Infers the facts of each row from its message. */
const row = <Facts>(fault: Fault, message: (facts: Facts) => string): CodeRow<Facts> => ({ fault, message });

/**
 * Every code of ProtocolError: whose fault it is, its facts, its text.
 *
 * The `handshake_*` texts begin with the very words of go-plugin's client, because people search for them.
 */
export const PROTOCOL_ERRORS = {
  cookie_missing: row(
    'caller',
    () =>
      'This binary is a plugin. It does nothing when started by hand:\n' +
      'a host, such as Grafana or Backplane, starts it and talks to it.\n' +
      "Put its folder into the host's plugins folder and restart the host.",
  ),
  client_cert_invalid: row(
    'host',
    ({ reason }: { reason: string }) =>
      `PLUGIN_CLIENT_CERT holds no certificate in PEM: ${reason}; the host must put its own certificate there, or leave it unset for plaintext`,
  ),
  server_cert_missing: row(
    'plugin',
    () => 'the handshake has no certificate, though the plugin was asked for mutual TLS (AutoMTLS); switch AutoMTLS off for this plugin',
  ),
  port_range_invalid: row(
    'host',
    ({ reason }: { reason: string }) =>
      `${reason}; set PLUGIN_MIN_PORT and PLUGIN_MAX_PORT to numbers from 0 to 65535, the lower one first`,
  ),
  port_range_exhausted: row(
    'host',
    ({ minPort, maxPort }: { minPort: number; maxPort: number }) =>
      `couldn't bind plugin TCP listener: every port from ${minPort} to ${maxPort} of 127.0.0.1 is taken; free one or widen PLUGIN_MIN_PORT to PLUGIN_MAX_PORT`,
  ),
  socket_path_too_long: row(
    'host',
    ({ path, bytes, maxBytes }: { path: string; bytes: number; maxBytes: number }) =>
      `the socket path ${path} has ${bytes} bytes, the system takes ${maxBytes}; point PLUGIN_UNIX_SOCKET_DIR or TMPDIR to a shorter folder`,
  ),
  socket_group_unusable: row(
    'host',
    ({ group, reason }: { group: string; reason: string }) =>
      `the plugin's socket cannot be given to the group ${JSON.stringify(group)} of PLUGIN_UNIX_SOCKET_GROUP: ${reason}; name a group that the plugin's user is a member of`,
  ),
  handshake_unrecognized: row(
    'plugin',
    ({ line, sawLine }: { line: string; sawLine: boolean }) =>
      `Unrecognized remote plugin message: ${shorten(line)}` +
      `${sawLine ? '' : "\nFailed to read any lines from plugin's stdout"}\n` +
      'The first line on stdout must be the handshake. Check that the executable fits this machine, may be run, ' +
      'finds its libraries, and prints nothing before the handshake.',
  ),
  handshake_core_unparsable: row(
    'plugin',
    ({ reason }: { value: string; reason: string }) => `error parsing core protocol version: ${reason}`,
  ),
  handshake_core_incompatible: row(
    'plugin',
    ({ value }: { value: string }) =>
      `incompatible core API version with plugin. Plugin version: ${shorten(value)}, Core version: 1\n\nRebuild the plugin, or ask its author to.`,
  ),
  handshake_app_unparsable: row(
    'plugin',
    ({ value, reason }: { value: string; reason: string }) => `Error parsing protocol version ${quote(value)}: ${reason}`,
  ),
  handshake_app_incompatible: row(
    'plugin',
    ({ value, accepted }: { value: number; accepted: number }) =>
      `incompatible API version with plugin. Plugin version: ${value}, Client versions: [${accepted}]`,
  ),
  handshake_network_unknown: row(
    'plugin',
    ({ address }: { network: string; address: string }) => `unknown address type: ${shorten(address)}`,
  ),
  handshake_address_invalid: row('plugin', ({ reason }: { address: string; reason: string }) => reason),
  handshake_protocol_unsupported: row(
    'plugin',
    ({ protocol }: { protocol: string }) => `unsupported plugin protocol ${quote(protocol)}. Supported: [grpc]`,
  ),
  handshake_cert_invalid: row('plugin', ({ reason }: { reason: string }) => `error parsing server cert: ${reason}`),
  not_serving: row(
    'plugin',
    ({ status }: { status: number }) => `the plugin's health service answers status ${status}, not 1 (SERVING); stop and start the plugin`,
  ),
  message_malformed: row(
    'peer',
    ({ message, field, offset, reason }: { message: string; field: number; offset: number; reason: string }) =>
      `malformed ${message}: ${reason} (field ${field}, byte ${offset}); the sender's encoder is broken or speaks another protocol`,
  ),
  message_unencodable: row(
    'caller',
    ({ message, field, reason }: { message: string; field: number; reason: string }) =>
      `cannot encode ${message}: field ${field} ${reason}`,
  ),
} as const;

/** Text as Go's `%q` prints it, for error texts that people compare. */
export function quote(text: string): string {
  const named: Record<string, string> = {
    '\\': '\\\\',
    '"': '\\"',
    '\x07': '\\a',
    '\b': '\\b',
    '\f': '\\f',
    '\n': '\\n',
    '\r': '\\r',
    '\t': '\\t',
    '\v': '\\v',
  };
  const escaped = shorten(text).replace(/[\\"\p{Cc}]/gu, (char) => named[char] ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return `"${escaped}"`;
}

/** A plugin may print a megabyte; an error must not repeat it. */
function shorten(text: string): string {
  return text.length <= 2048 ? text : `${text.slice(0, 2048)}… (${text.length} characters)`;
}
