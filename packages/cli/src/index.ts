export { runCli } from './cli.ts';
export { createDemoDatabase, type DemoOptions, type DemoResult, ensureDemoDatabase } from './demo/index.ts';
export type { Terminal } from './terminal/index.ts';
