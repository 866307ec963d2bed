import type { DiscoveredPlugin } from '../discovery/index.ts';
import { describeError, HostError } from '../errors/index.ts';
import type { Launcher, RunningPlugin } from '../launchers/index.ts';

/** Looks at a new run before calls go there; a rejection keeps the old one. */
export type CandidateCheck = (candidate: RunningPlugin, signal: AbortSignal) => Promise<void>;

/**
 * Starts a run that is to replace another, and looks whether it is good.
 *
 * @throws HostError `replacement_failed` with the cause, or the signal's reason; nothing of the new run is left then
 */
export async function startCandidate(
  launcher: Launcher,
  plugin: DiscoveredPlugin,
  { check, signal }: { readonly check: CandidateCheck; readonly signal: AbortSignal },
): Promise<RunningPlugin> {
  let candidate: RunningPlugin | undefined;
  try {
    candidate = await launcher.launch(plugin, { signal });
    await Promise.race([check(candidate, signal), endOf(candidate)]);
    signal.throwIfAborted();
    return candidate;
  } catch (cause) {
    await candidate?.stop();
    signal.throwIfAborted();
    throw new HostError('replacement_failed', { pluginId: plugin.manifest.id, detail: describeError(cause) }, { cause });
  }
}

async function endOf(candidate: RunningPlugin): Promise<never> {
  const { why } = await candidate.gone;
  throw new Error(`the new run ended: ${why}`);
}
