export { createApp } from './create-app.ts';
export type { Services } from './services.ts';
