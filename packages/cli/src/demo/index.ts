export { createDemoDatabase, type DemoOptions, type DemoResult, ensureDemoDatabase } from './demo-database.ts';
