/**
 * Bytes: frames of streams, members of JSON bodies, readers of foreign fields. Knows no dialect and no provider;
 * imports no other room and touches nothing.
 */
export { withoutBlanks } from './compact.ts';
export * from './data-url.ts';
export * from './fields.ts';
export * from './form.ts';
export { type Frame, readFrame } from './frame.ts';
export * from './json.ts';
export * from './members.ts';
export * from './restamp.ts';
export * from './splice.ts';
export * from './sse.ts';
