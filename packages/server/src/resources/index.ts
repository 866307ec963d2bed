export { resourceHeaders } from './request-headers.ts';
export { encodeGoPath } from './resource-path.ts';
export { type ResourceAnswer, ResourceService } from './resource-service.ts';
export { sniffContentType } from './response-headers.ts';
