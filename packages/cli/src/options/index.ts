export { checkOptions, collectValues } from './check-options.ts';
export { CONFIG_ARGS, CONFIG_HELP, type ConfigArgs, configOf, reportRefusals } from './config-options.ts';
