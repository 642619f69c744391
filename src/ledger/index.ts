/**
 * What happened: calls and what they cost, what deployments taught, and answers that can be asked for again. Keeps
 * everything in memory; imports the price list only once an answer is out, since reading it takes longer than a small call.
 */

export { type Cache, Caches, type KeptAnswer } from './cache.ts';
export type { RedisLibrary } from './cache-redis.ts';
export { createLedger, type Ledger } from './ledger.ts';
export { createOwners, type Owners } from './owners.ts';
export { createResponses, type Responses } from './responses.ts';
export { createShared } from './shared-memory.ts';
