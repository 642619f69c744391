/**
 * HTTP out. The only room that opens sockets to providers: pools, time-outs, abort, inflation, credentials, and the one
 * repeat of a request that met a dying socket. Knows no dialect; what a status means is not its business.
 */
export { type Credentials, credentials, joinHeaders } from './auth.ts';
export { createMedia, type Media } from './media.ts';
export { loadOptional } from './optional.ts';
export { createUpstream, type Sending, type Upstream } from './send.ts';
export type { Signer } from './signer.ts';
export type { Exchange, Receiver } from './transfer.ts';
export { connectionError, timeoutError } from './trouble.ts';
export { tlsOptions } from './trust.ts';
export { join } from './url.ts';
