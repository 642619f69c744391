/**
 * The common language: what a chat request, its answer, its stream, its errors and a provider are, in no vendor's words.
 * Imports no other room and touches nothing.
 */
export * from './call-ids.ts';
export * from './collect.ts';
export * from './config.ts';
export * from './credentials.ts';
export * from './deployment.ts';
export * from './effort.ts';
export type * from './embeddings.ts';
export * from './error.ts';
export type * from './events.ts';
export * from './facts.ts';
export type * from './operation.ts';
export * from './params.ts';
export type * from './provider.ts';
export * from './redact.ts';
export * from './refusal.ts';
export type * from './request.ts';
export type * from './response.ts';
export * from './schema.ts';
export * from './signature.ts';
export type * from './state.ts';
