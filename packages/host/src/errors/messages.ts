import type { HostErrorCode } from './codes.ts';
import type { CallFacts, HostErrorFacts, StartFacts } from './facts.ts';
import { formatLastWords } from './last-words.ts';

type Messages = { readonly [Code in HostErrorCode]: (facts: HostErrorFacts[Code]) => string };

/** One sentence per code: who, what was seen, and the next step. */
const messages: Messages = {
  plugins_folder_missing: ({ folder }) =>
    `plugins folder ${folder} does not exist or is not a folder; create it, or point the host at the right one`,
  plugin_folder_missing: ({ folder }) => `plugin folder ${folder} does not exist or is not a folder; check the path`,
  folder_unreadable: ({ folder, detail }) => `folder ${folder} cannot be read (${detail}); check its permissions`,
  manifest_missing: ({ folder }) => `${folder} has no plugin.json, neither directly nor in dist; give the folder that holds it`,
  manifest_unreadable: ({ file, detail }) => `${file} cannot be read (${detail}); check its permissions`,
  manifest_not_json: ({ file, line, column, detail }) => `${file} is not JSON: line ${line}, column ${column}: ${detail}; correct it there`,
  manifest_invalid: ({ file, issues }) => `${file} is not a valid plugin.json: ${issues.join('; ')}`,
  plugin_id_invalid: ({ file, pluginId }) =>
    `${file} has the id ${JSON.stringify(pluginId)}; an id is made of letters and digits, with single dashes, dots or underscores between them, as in acme-sql-datasource`,
  plugin_duplicate: ({ pluginId, folder, firstFolder }) =>
    `plugin ${pluginId} in ${folder} is left out, because ${firstFolder} already has that id; remove one of them`,
  signature_missing: ({ pluginId, folder, reason }) =>
    `plugin ${pluginId} in ${folder} is unsigned: ${reason}; list its id in [plugins] allow_loading_unsigned_plugins (allowUnsigned of createHost) if you trust it, or install a signed build`,
  signature_modified: ({ pluginId, folder, reason }) =>
    `plugin ${pluginId} in ${folder} was modified after it was signed: ${reason}; install it again`,
  signature_invalid: ({ pluginId, folder, reason }) => `plugin ${pluginId} in ${folder} has an invalid signature: ${reason}`,
  executable_undeclared: ({ pluginId, file }) => `plugin ${pluginId} has a backend but ${file} names no executable; add "executable"`,
  executable_outside: ({ pluginId, executable, rootFolder }) =>
    `plugin ${pluginId} names the executable ${JSON.stringify(executable)}, which leaves its folder ${rootFolder}; keep it inside`,
  executable_missing: ({ pluginId, folder, expected, present }) =>
    `plugin ${pluginId} has no executable for this machine: looked for ${expected.join(', ')} in ${folder}; ` +
    (present.length > 0
      ? `found only ${present.join(', ')}; install the build for this machine`
      : 'build the backend, or install the plugin again'),
  executable_not_permitted: ({ pluginId, file, mode }) =>
    `executable ${file} of plugin ${pluginId} must not be executed (mode ${mode}): permission denied; run chmod +x on it, or look for a noexec mount`,
  executable_not_program: ({ pluginId, file }) =>
    `executable ${file} of plugin ${pluginId} is neither a native program nor a script with a #! line: exec format error; build or copy it again`,
  executable_wrong_architecture: ({ pluginId, file, found, machine }) =>
    `executable ${file} of plugin ${pluginId} is built for ${found}, but this machine is ${machine}; install the build for this machine`,
  run_folder_unsafe: ({ folder, detail }) =>
    `socket folder ${folder} is not safe: ${detail}; remove it, or give the host a folder of its own as runRoot`,
  run_folder_unusable: ({ folder, detail }) =>
    `socket folder ${folder} cannot be used: ${detail}; give the host a short, writable path as runRoot`,
  spawn_failed: ({ pluginId, file, detail }) => `plugin ${pluginId} cannot be started: ${file}: ${detail}`,
  cgroup_unusable: ({ folder, detail }) => `cgroup ${folder} cannot be used: ${detail}; name one that is delegated to this host, or none`,
  sandbox_unusable: ({ pluginId, detail }) => `plugin ${pluginId} cannot be started in a sandbox: ${detail}`,
  handshake_missing: (facts) =>
    `plugin ${facts.pluginId} ended its output before the handshake${facts.exit === undefined ? '' : ` (${facts.exit})`}: ` +
    `Unrecognized remote plugin message: Failed to read any lines from plugin's stdout; ${formatLastWords(facts.stderrTail)}; ${likely(facts)}` +
    `look at ${facts.file}; all of its stderr is in the log, at debug`,
  handshake_timeout: (facts) =>
    `plugin ${facts.pluginId} printed no handshake in ${facts.waitedMs} ms: timeout while waiting for plugin to start; ` +
    (facts.partialLine === '' ? '' : `it printed ${JSON.stringify(facts.partialLine)} without a line end; `) +
    `${formatLastWords(facts.stderrTail)}; ${likely(facts)}look at what it does at start, or raise startTimeoutMs of createHost`,
  handshake_invalid: (facts) =>
    `plugin ${facts.pluginId} printed something else than a handshake: ${facts.detail}; ${formatLastWords(facts.stderrTail)}; ${likely(facts)}` +
    'its first line on stdout must be the handshake, so print nothing before it',
  dial_failed: (facts) =>
    `plugin ${facts.pluginId} is not listening at ${facts.address} (${facts.detail})${facts.exit === undefined ? '' : `; it has ended (${facts.exit})`}; ` +
    `${formatLastWords(facts.stderrTail)}${facts.diagnosis === undefined ? '' : `; probably ${facts.diagnosis}`}`,
  address_invalid: ({ pluginId, address, detail }) =>
    `address ${address} of plugin ${pluginId} cannot be used: ${detail}; write unix:/path/of/socket, tcp://localhost:port or tls://host:port`,
  address_insecure: ({ pluginId, address }) =>
    `address ${address} of plugin ${pluginId} is on another machine and without TLS, so anybody between could read secrets; use tls://`,
  address_unreachable: ({ pluginId, address, detail }) =>
    `plugin ${pluginId} does not answer at ${address}: ${detail}; look whether it runs there, and speaks gRPC`,
  plugin_not_stopped: ({ pluginId, pid, waitedMs }) =>
    `plugin ${pluginId} (pid ${pid}) lives on ${waitedMs} ms after SIGKILL; look for a process stuck in the kernel or held by a debugger`,
  plugin_not_registered: ({ pluginId }) =>
    `no plugin with the id ${JSON.stringify(pluginId)} is loaded; look at the list of problems for the reason`,
  plugin_unavailable: ({ pluginId, detail }) => `plugin ${pluginId} is unavailable: ${detail}`,
  plugin_overloaded: ({ pluginId, endpoint, detail }) =>
    `plugin ${pluginId} has too much to do for another ${endpoint}: ${detail}; try again later, or raise its limits`,
  call_timeout: ({ pluginId, endpoint, waitedMs }) =>
    `plugin ${pluginId} did not answer ${endpoint} in ${waitedMs} ms, so the call was cancelled; look at what it does, or raise callTimeoutMs of its limits`,
  replacement_failed: ({ pluginId, detail }) => `plugin ${pluginId} was not replaced, and goes on as before: ${detail}`,
  method_not_implemented: (facts) => `plugin ${facts.pluginId} does not implement ${facts.endpoint}${said(facts)}`,
  request_cancelled: (facts) => `${facts.endpoint} to plugin ${facts.pluginId} was cancelled${said(facts)}`,
  connection_lost: (facts) =>
    `plugin ${facts.pluginId} dropped its connection during ${facts.endpoint}${said(facts)}; try again, it is being restarted`,
  resource_exhausted: (facts) =>
    `${facts.endpoint} to plugin ${facts.pluginId} met a message that is too large${said(facts)}; ask for less data, or raise maxReplyBytes of its limits`,
  request_failed: (facts) => `${facts.endpoint} failed in plugin ${facts.pluginId}${said(facts)}`,
  resource_unanswered: ({ pluginId }) =>
    `plugin ${pluginId} ended callResource without any answer; its handler must send at least a status`,
  health_check_failed: (facts) => `health check of plugin ${facts.pluginId} failed${said(facts)}`,
  frame_undecodable: ({ pluginId, refId, frameIndex, detail }) =>
    `plugin ${pluginId} answered ${refId} with a frame (number ${frameIndex}) that cannot be decoded: ${detail}`,
};

/** The message of a HostError. */
export function formatHostError<Code extends HostErrorCode>(code: Code, facts: HostErrorFacts[Code]): string {
  return messages[code](facts);
}

function likely({ diagnosis }: StartFacts): string {
  return diagnosis === undefined ? '' : `probably ${diagnosis}; `;
}

function said({ detail }: CallFacts): string {
  return detail === '' ? '' : `: ${detail}`;
}
