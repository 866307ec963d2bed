/** What a build knows about itself: epoch milliseconds, and id and version of plugin.json. */
export interface BuildInfo {
  readonly time: number;
  readonly pluginID: string;
  readonly version: string;
}

/** Filled in by `backplane build`; nobody declares it for a plugin that runs from its sources. */
declare const BACKPLANE_BUILD_INFO: string | undefined;

/** What this plugin was built from and when; undefined when it runs from its sources. */
export const buildInfo: BuildInfo | undefined = typeof BACKPLANE_BUILD_INFO === 'string' ? JSON.parse(BACKPLANE_BUILD_INFO) : undefined;

/**
 * Answers `-buildinfo` and `-version`, flags that plugins in Go have too.
 *
 * @returns the text to print, undefined when neither was given
 */
export function answerBuildFlags(args: readonly string[], info: BuildInfo | undefined): string | undefined {
  const asks = (flag: string) => args.some((argument) => argument === `-${flag}` || argument === `--${flag}`);
  if (asks('buildinfo')) return `${JSON.stringify(info ?? {})}\n`;
  return asks('version') ? `${info?.version || 'not built'}\n` : undefined;
}
