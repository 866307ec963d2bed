export { toResourcePath } from './resource-path.ts';
export { type ResourceAnswer, type ResourceCall, ResourceService, type ResourceServiceOptions } from './resource-service.ts';
