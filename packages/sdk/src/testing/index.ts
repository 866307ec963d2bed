export { type CheckResult, type ConformanceOptions, type ConformanceReport, conformance } from './conformance/index.ts';
export type { FakeContext } from './fake-context.ts';
export { assertGolden, formatGolden, type GoldenOptions, type GoldenResponse, readGolden } from './golden.ts';
export { type PluginCommand, type StartOptions, startPlugin } from './plugin-process.ts';
export { type TestPluginOptions, testPlugin } from './test-plugin.ts';
export type {
  LogLine,
  QueryOptions,
  QueryResult,
  TestCallOptions,
  TestHealth,
  TestJoin,
  TestPlugin,
  TestQueries,
  TestRequest,
} from './types.ts';
