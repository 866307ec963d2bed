export { type BuiltPlugin, buildPlugin } from './build-plugin.ts';
export { BUILD_HELP, describeBuild, reportFailures, runBuild } from './command.ts';
export { formatSize } from './format-size.ts';
