export { PACK_HELP, runPack } from './command.ts';
