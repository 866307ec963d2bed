export { runServe, SERVE_HELP } from './command.ts';
