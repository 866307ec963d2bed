/** Whose fault a HostError is: of who called, of this host or its machine, or of the plugin. */
export type Fault = 'caller' | 'host' | 'plugin';

/** What one code means. */
export interface HostErrorRow {
  readonly fault: Fault;
  readonly description: string;
}

/** Every code of HostError with whose fault it is and what it means in one line. `docs/errors.md` has the same rows. */
export const HOST_ERROR_CODES = {
  plugins_folder_missing: { fault: 'caller', description: 'The plugins folder does not exist or is not a folder.' },
  plugin_folder_missing: { fault: 'caller', description: 'The folder of one plugin does not exist or is not a folder.' },
  folder_unreadable: { fault: 'host', description: 'A folder below the plugins folder cannot be read.' },
  manifest_missing: { fault: 'plugin', description: 'The folder has no plugin.json, neither directly nor in dist.' },
  manifest_unreadable: { fault: 'host', description: 'plugin.json exists but cannot be read.' },
  manifest_not_json: { fault: 'plugin', description: 'plugin.json is not JSON; the message has line and column.' },
  manifest_invalid: { fault: 'plugin', description: 'A field of plugin.json has the wrong type or is missing.' },
  plugin_id_invalid: { fault: 'plugin', description: 'The id in plugin.json has characters that do not belong in paths and URLs.' },
  plugin_duplicate: { fault: 'caller', description: 'Another folder already brought a plugin with this id.' },
  signature_missing: { fault: 'caller', description: 'The plugin is not signed, and the policy does not let it load unsigned.' },
  signature_modified: { fault: 'plugin', description: 'The files of the plugin are not those that were signed.' },
  signature_invalid: { fault: 'plugin', description: 'MANIFEST.txt is no signature that counts here.' },
  executable_undeclared: { fault: 'plugin', description: 'plugin.json says backend but names no executable.' },
  executable_outside: { fault: 'plugin', description: 'The executable would lie outside the folder of the plugin.' },
  executable_missing: { fault: 'plugin', description: 'There is no executable for this machine and no .js or .ts file.' },
  executable_not_permitted: { fault: 'host', description: 'The executable lacks the permission to be executed.' },
  executable_not_program: { fault: 'plugin', description: 'The executable is neither a native program nor a script with a #! line.' },
  executable_wrong_architecture: { fault: 'plugin', description: 'The executable is built for another system or processor.' },
  run_folder_unsafe: { fault: 'host', description: 'The folder for sockets belongs to someone else or others may write to it.' },
  run_folder_unusable: { fault: 'host', description: 'The folder for sockets cannot be made, or its path is too long for a socket.' },
  spawn_failed: { fault: 'host', description: 'The system refused to start the executable.' },
  cgroup_unusable: {
    fault: 'caller',
    description: 'The cgroup that the host should use for limits of memory is none in which it can make groups.',
  },
  sandbox_unusable: {
    fault: 'host',
    description: 'The sandbox of the plugin cannot be made: bubblewrap is missing, or a path that it should get.',
  },
  handshake_missing: { fault: 'plugin', description: 'The plugin ended, or closed its output, before it printed a whole line.' },
  handshake_timeout: { fault: 'plugin', description: 'The plugin printed no whole line in the time it has for its start.' },
  handshake_invalid: { fault: 'plugin', description: 'The first line that the plugin printed is no handshake that we can follow.' },
  dial_failed: { fault: 'plugin', description: 'The plugin did its handshake but its address cannot be connected to.' },
  address_invalid: {
    fault: 'caller',
    description: 'The address of a plugin that runs already cannot be read, or its certificates cannot.',
  },
  address_insecure: { fault: 'caller', description: 'The address of a plugin on another machine is without TLS.' },
  address_unreachable: { fault: 'plugin', description: 'Nothing that is a plugin answers at its address.' },
  plugin_not_stopped: { fault: 'plugin', description: 'The plugin lives on after SIGKILL.' },
  plugin_not_registered: { fault: 'caller', description: 'No plugin with this id is loaded.' },
  plugin_unavailable: {
    fault: 'plugin',
    description: 'The plugin is not running: no backend, stopped, or not back in time after a crash.',
  },
  plugin_overloaded: {
    fault: 'host',
    description: 'As many calls as one plugin may have are under way, and as many wait; or as many streams run.',
  },
  call_timeout: { fault: 'plugin', description: 'The plugin did not answer a call in the time that the host gives it.' },
  replacement_failed: { fault: 'plugin', description: 'The new run of a plugin did not start or is not in health; the old one goes on.' },
  method_not_implemented: { fault: 'plugin', description: 'The plugin does not implement this kind of call.' },
  request_cancelled: { fault: 'caller', description: 'The caller gave up, or the plugin says that the call was cancelled.' },
  connection_lost: { fault: 'plugin', description: 'The plugin died or dropped its connection during the call.' },
  resource_exhausted: { fault: 'plugin', description: 'A message is larger than one side takes.' },
  request_failed: { fault: 'plugin', description: 'The plugin answered the call with an error, or with something that cannot be read.' },
  resource_unanswered: { fault: 'plugin', description: 'A resource call ended well, but without any answer.' },
  health_check_failed: { fault: 'plugin', description: 'The health check itself failed, as opposed to a plugin that reports bad health.' },
  frame_undecodable: { fault: 'plugin', description: 'A frame in a query answer cannot be decoded; only its refId is spoilt.' },
} as const satisfies Record<string, HostErrorRow>;

/** A code of HostError. */
export type HostErrorCode = keyof typeof HOST_ERROR_CODES;
