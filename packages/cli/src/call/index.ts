export { CALL_HELP, runCall } from './command.ts';
