/** What a probe can be asked; conformance/go/README.md lists which fields each op reads. */
export interface Command {
  readonly op:
    | 'health'
    | 'metrics'
    | 'query'
    | 'chunked'
    | 'resource'
    | 'subscribe'
    | 'publish'
    | 'stream'
    | 'validate'
    | 'mutate'
    | 'convert'
    | 'unknown'
    | 'ping'
    | 'many'
    | 'logs'
    | 'kill'
    | 'load';
  readonly context?: ContextInit;
  readonly headers?: Readonly<Record<string, string>>;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  readonly cancelAfterMs?: number;
  readonly queries?: readonly QueryInit[];
  /** 0 Arrow, 1 JSON. */
  readonly format?: 0 | 1;
  readonly path?: string;
  readonly method?: string;
  readonly url?: string;
  readonly httpHeaders?: Readonly<Record<string, readonly string[]>>;
  readonly body?: string;
  /** A body of that many letters instead of `body`. */
  readonly bodyBytes?: number;
  readonly data?: string;
  /** Parts or packets to read before cancelling. */
  readonly max?: number;
  /** For `many`: how often. */
  readonly count?: number;
  /** For `many`: calls at a time, all when absent. */
  readonly inFlight?: number;
  readonly call?: Command;
  readonly load?: LoadInit;
  /** For `validate` and `mutate`: 0 create, 1 update, 2 delete. */
  readonly operation?: 0 | 1 | 2;
  readonly kind?: string;
  readonly object?: string;
  readonly oldObject?: string;
  /** For `convert`. */
  readonly objects?: readonly ObjectText[];
}

/** An object as text. */
export interface ObjectText {
  readonly raw: string;
  readonly contentType: string;
}

/** What the plugin is told about who asks; a data source named conformance when absent. */
export interface ContextInit {
  readonly orgId?: number;
  readonly uid?: string;
  readonly jsonData?: Readonly<Record<string, unknown>>;
  readonly secure?: Readonly<Record<string, string>>;
  readonly updatedMs?: number;
  /** No user when absent. */
  readonly login?: string;
  readonly noSettings?: boolean;
}

export interface QueryInit {
  readonly refId: string;
  readonly queryType: string;
  readonly model?: Readonly<Record<string, unknown>>;
  /** Text, because a number loses digits. */
  readonly maxDataPoints?: string;
}

/** Load on bench-datasource: answers of `queryType` bytes, again and again. */
export interface LoadInit {
  readonly queryType: string;
  readonly requestBytes: number;
  readonly inFlight: number;
  readonly durationMs: number;
  readonly decode: boolean;
}

/** A frame as plain values: 64-bit integers and times (epoch nanoseconds) as text, floats that JSON lacks by name. */
export interface FrameSummary {
  readonly name: string;
  readonly refId: string;
  readonly rows: number;
  readonly meta?: unknown;
  readonly fields: readonly {
    readonly name: string;
    readonly kind: string;
    readonly nullable: boolean;
    readonly labels?: Readonly<Record<string, string>>;
    readonly config?: unknown;
    /** The first 16 rows. */
    readonly values: readonly unknown[];
  }[];
}

export interface ResponseSummary {
  readonly status: number;
  readonly error: string;
  readonly errorSource: string;
  readonly format: 'ARROW' | 'JSON';
  readonly frames: readonly FrameSummary[];
}

/** One part of a chunked answer. */
export interface ChunkSummary {
  readonly refId: string;
  readonly frameId: string;
  readonly status: number;
  readonly error: string;
  readonly errorSource: string;
  readonly format: 'ARROW' | 'JSON';
  readonly frame?: FrameSummary;
}

/** A probe's answer; which fields are there depends on the op. */
export interface Answer {
  readonly ms: number;
  /** Code names as Go writes them: Unknown, Canceled, DeadlineExceeded, Unimplemented, … */
  readonly error?: { readonly code: string; readonly message: string; readonly errorSource?: string };
  readonly status?: string;
  readonly message?: string;
  readonly details?: string;
  readonly text?: string;
  readonly data?: string;
  readonly ok?: boolean;
  readonly responses?: Readonly<Record<string, ResponseSummary>>;
  readonly items?: readonly ChunkSummary[];
  readonly parts?: readonly {
    readonly code: number;
    readonly headers: Readonly<Record<string, readonly string[]>>;
    readonly bytes: number;
    readonly crc32: number;
    /** Absent beyond 4096 bytes. */
    readonly body?: string;
    /** Since the call began. */
    readonly atMs: number;
  }[];
  readonly packets?: readonly string[];
  /** How many calls ended in which way, `ok` or a code. */
  readonly ends?: Readonly<Record<string, number>>;
  readonly allowed?: boolean;
  readonly warnings?: readonly string[];
  readonly result?: { readonly status: string; readonly message: string; readonly code: number } | null;
  readonly object?: string;
  readonly objects?: readonly ObjectText[];
  readonly exitCode?: number;
  /** Whether the host had to kill the process. */
  readonly forced?: boolean;
  /** What the genuine host logged. */
  readonly entries?: readonly LogEntrySummary[];
}

/** One log call of the genuine host, for itself or for a line of the plugin. */
export interface LogEntrySummary {
  readonly level: string;
  readonly message: string;
  readonly logger: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A plugin and the host that runs it, the genuine one or ours. Disposing stops both. */
export interface Probe extends AsyncDisposable {
  readonly pluginPid: number;
  /** Socket path of the plugin, or host:port. */
  readonly address: string;
  run(command: Command): Promise<Answer>;
}

/** Whose HTTP/2 and gRPC: genuine Go, our own, or grpc-js. */
export type Party = 'go' | 'ours' | 'grpcjs';

/** A plugin to run: program and arguments. */
export interface PluginProgram {
  readonly command: string;
  readonly args: readonly string[];
  /** The genuine host passes nothing of its own environment on. */
  readonly emptyEnvironment?: boolean;
}
