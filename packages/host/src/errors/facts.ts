interface AboutPlugin {
  readonly pluginId: string;
}

interface AboutProgram extends AboutPlugin {
  readonly file: string;
}

interface AddressFacts extends AboutPlugin {
  readonly address: string;
}

interface SignatureFacts extends AboutPlugin {
  readonly folder: string;
  /** What was found, as a clause about the plugin. */
  readonly reason: string;
}

/** How a plugin process that did not start looked from outside. */
export interface StartFacts extends AboutProgram {
  /** Last lines of its standard error, oldest first. */
  readonly stderrTail: readonly string[];
  /** `exit code 3` or `signal SIGSEGV`; undefined when it had to be killed. */
  readonly exit?: string | undefined;
  /** What that probably means, and what to do. */
  readonly diagnosis?: string | undefined;
}

/** Facts of a failed call. */
export interface CallFacts extends AboutPlugin {
  /** Kind of call, such as `queryData`. */
  readonly endpoint: string;
  /** What the plugin or the transport said. */
  readonly detail: string;
  /** gRPC status code and its name, such as 14 and `UNAVAILABLE`; absent when the error is not from the wire. */
  readonly grpcCode?: number | undefined;
  readonly grpcCodeName?: string | undefined;
  readonly errorSource?: 'plugin' | 'downstream' | undefined;
}

/** Facts that come with each code. */
export interface HostErrorFacts {
  plugins_folder_missing: { readonly folder: string };
  plugin_folder_missing: { readonly folder: string };
  folder_unreadable: { readonly folder: string; readonly detail: string };
  manifest_missing: { readonly folder: string };
  manifest_unreadable: { readonly file: string; readonly detail: string };
  manifest_not_json: { readonly file: string; readonly line: number; readonly column: number; readonly detail: string };
  manifest_invalid: { readonly file: string; readonly pluginId?: string | undefined; readonly issues: readonly string[] };
  plugin_id_invalid: { readonly file: string; readonly pluginId: string };
  plugin_duplicate: AboutPlugin & { readonly folder: string; readonly firstFolder: string };
  signature_missing: SignatureFacts;
  signature_modified: SignatureFacts;
  signature_invalid: SignatureFacts;
  executable_undeclared: AboutProgram;
  executable_outside: AboutPlugin & { readonly executable: string; readonly rootFolder: string };
  executable_missing: AboutPlugin & { readonly folder: string; readonly expected: readonly string[]; readonly present: readonly string[] };
  executable_not_permitted: AboutProgram & { readonly mode: string };
  executable_not_program: AboutProgram;
  executable_wrong_architecture: AboutProgram & { readonly found: string; readonly machine: string };
  run_folder_unsafe: { readonly folder: string; readonly detail: string };
  run_folder_unusable: { readonly folder: string; readonly detail: string };
  spawn_failed: AboutProgram & { readonly detail: string };
  cgroup_unusable: { readonly folder: string; readonly detail: string };
  sandbox_unusable: AboutPlugin & { readonly detail: string };
  handshake_missing: StartFacts;
  handshake_timeout: StartFacts & { readonly waitedMs: number; readonly partialLine: string };
  handshake_invalid: StartFacts & { readonly detail: string };
  dial_failed: StartFacts & { readonly address: string; readonly detail: string };
  address_invalid: AddressFacts & { readonly detail: string };
  address_insecure: AddressFacts;
  address_unreachable: AddressFacts & { readonly detail: string };
  plugin_not_stopped: AboutPlugin & { readonly pid: number; readonly waitedMs: number };
  plugin_not_registered: AboutPlugin;
  plugin_unavailable: AboutPlugin & { readonly detail: string };
  plugin_overloaded: AboutPlugin & { readonly endpoint: string; readonly detail: string };
  call_timeout: AboutPlugin & { readonly endpoint: string; readonly waitedMs: number };
  replacement_failed: AboutPlugin & { readonly detail: string };
  method_not_implemented: CallFacts;
  request_cancelled: CallFacts;
  connection_lost: CallFacts;
  resource_exhausted: CallFacts;
  request_failed: CallFacts;
  resource_unanswered: AboutPlugin;
  health_check_failed: CallFacts;
  frame_undecodable: AboutPlugin & { readonly refId: string; readonly frameIndex: number; readonly detail: string };
}
