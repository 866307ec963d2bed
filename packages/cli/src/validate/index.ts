export { runValidate, VALIDATE_HELP } from './command.ts';
