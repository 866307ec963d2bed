/** What came of one rule. */
export interface CheckResult {
  /** The rule; those with a slash after handshake, helpers, calls, lifecycle, logging and transport are those of Backplane's conformance manifest. */
  readonly rule: string;
  /** What should hold, as a sentence. */
  readonly title: string;
  /** `warning`: it runs, but somebody will complain. `skipped`: it could not be looked at, and `found` says why. */
  readonly status: 'passed' | 'failed' | 'warning' | 'skipped';
  /** What was seen instead. */
  readonly found?: string;
  /** What to do about it. */
  readonly fix?: string;
}

/** All results for one plugin. */
export interface ConformanceReport {
  readonly folder: string;
  readonly pluginId: string | undefined;
  /** True when nothing failed. */
  readonly ok: boolean;
  readonly results: readonly CheckResult[];
}

/** A problem that a check found. */
export interface Problem {
  readonly found: string;
  readonly fix: string;
  /** Not a failure. */
  readonly isWarning?: boolean;
}

/** One rule, and how it is looked at. */
export interface Check<Subject> {
  readonly rule: string;
  readonly title: string;
  /** Undefined when it holds. A throw is a failure with its text. */
  readonly run: (subject: Subject) => Promise<Problem | undefined> | Problem | undefined;
}

/** Runs checks one after another. */
export async function runChecks<Subject>(checks: readonly Check<Subject>[], subject: Subject): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const { rule, title, run } of checks) {
    try {
      const problem = await run(subject);
      if (problem === undefined) results.push({ rule, title, status: 'passed' });
      else results.push({ rule, title, status: problem.isWarning ? 'warning' : 'failed', found: problem.found, fix: problem.fix });
    } catch (error) {
      const found = error instanceof Error ? error.message : String(error);
      results.push({
        rule,
        title,
        status: 'failed',
        found,
        fix: 'see what the plugin wrote to stderr; backplane call shows it with --verbose',
      });
    }
  }
  return results;
}

/** Results for checks that could not be run. */
export function skipChecks(checks: readonly Pick<Check<never>, 'rule' | 'title'>[], why: string): CheckResult[] {
  return checks.map(({ rule, title }) => ({ rule, title, status: 'skipped', found: why }));
}
