import type { DiscoveredPlugin } from '../discovery/index.ts';
import type { HostLogger, Launcher } from '../launchers/index.ts';
import type { Clock } from './clock.ts';
import type { LivenessPolicy } from './liveness.ts';
import type { Phase } from './phase.ts';
import type { RestartPolicy } from './restart-policy.ts';

/** What a supervisor works with. */
export interface SupervisorOptions {
  readonly plugin: DiscoveredPlugin;
  readonly launcher: Launcher;
  readonly policy: RestartPolicy;
  /** How long a call waits for a plugin that is being restarted. */
  readonly restartWaitMs: number;
  /** Undefined for no probes. */
  readonly liveness: LivenessPolicy | undefined;
  /** Memory of the plugin and all it started, above which it is restarted. */
  readonly maxMemoryBytes: number | undefined;
  readonly memorySampleMs: number;
  /** Told when it is restarted for its memory. */
  readonly onTooLarge: () => void;
  /** Stops the plugin after so long without calls; the next call starts it. */
  readonly idleStopMs: number | undefined;
  /** How long calls on a run that was replaced may go on. */
  readonly drainMs: number;
  readonly clock: Clock;
  /** From 0 to 1, for the jitter of waits. */
  readonly chance: () => number;
  readonly logger: HostLogger;
  /** Told about every change, at once. */
  readonly onPhase?: ((phase: Phase) => void) | undefined;
}
