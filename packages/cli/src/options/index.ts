export { checkOptions, collectValues } from './check-options.ts';
