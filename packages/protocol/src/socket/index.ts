export { formatAddress, type SocketAddress } from './address.ts';
export { type ConnectSocketOptions, connectSocket } from './connect.ts';
export { SocketDriver } from './driver.ts';
export { FRAME_LOG_VARIABLE } from './frame-log.ts';
export { listenSocket, type SocketListener } from './listen.ts';
export type { AuthorityTls, ClientTls, MutualTls } from './tls.ts';
