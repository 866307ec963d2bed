export { startSpan } from './outgoing.ts';
