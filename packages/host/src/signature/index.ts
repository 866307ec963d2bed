export { assertAllowed } from './assert-allowed.ts';
export { readSignature } from './read-signature.ts';
export { GRAFANA_KEY_ID, type PluginSignature, type SignaturePolicy, type SignatureType } from './types.ts';
