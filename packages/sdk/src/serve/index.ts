export { type ServeOptions, serve } from './serve.ts';
export { spawnProgram } from './spawn-program.ts';
