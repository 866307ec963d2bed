/**
 * What a plugin gets besides what every one in a sandbox has: the programs and libraries of the system and its own folder to
 * read, a `/tmp` of its own, and the folder for its socket.
 */
export interface SandboxOptions {
  /** May use the network of the host. Without it there is none but a loopback of its own, and its socket. */
  readonly network?: boolean | undefined;
  /** Absolute paths that it may read. They must exist. */
  readonly readable?: readonly string[] | undefined;
  /** Absolute paths that it may read and write, for its data. They must exist. */
  readonly writable?: readonly string[] | undefined;
  /** How much fits into its `/tmp`, and as much into its `/dev/shm`; both are memory. 64 MiB by default. */
  readonly maxTmpBytes?: number | undefined;
}
