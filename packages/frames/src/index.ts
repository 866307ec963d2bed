export * from './arrow/index.ts';
export * from './build/index.ts';
export * from './display/index.ts';
export * from './json/index.ts';
export * from './model/index.ts';
