export { type ResourceAnswer, ResourceService } from './resource-service.ts';
