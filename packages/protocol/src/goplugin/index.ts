export { isProtocolError, PROTOCOL_ERROR_CODES, ProtocolError, type ProtocolErrorCode } from '../errors/index.ts';
export { type AutoMtlsAnswer, type AutoMtlsOffer, answerAutoMtls, offerAutoMtls } from './auto-mtls.ts';
export { ping, shutdown } from './control.ts';
export {
  APP_PROTOCOL_VERSION,
  CORE_PROTOCOL_VERSION,
  checkCookie,
  type Environment,
  type HostEnvironmentOptions,
  hostEnvironment,
  negotiateVersion,
} from './environment.ts';
export { formatHandshake, type Handshake, parseHandshake } from './handshake.ts';
export { createPluginListenAddress, type ListenAddressOptions } from './listen-address.ts';
export { addSideServices, type SideServiceOptions } from './side-services.ts';
export { openSideStreams, type SideStreamOptions } from './side-streams.ts';
export { shareSocket } from './socket-group.ts';
export {
  announceStandalone,
  findStandalone,
  type Standalone,
  type StandaloneOptions,
  standaloneAddress,
  type TcpAddress,
} from './standalone.ts';
