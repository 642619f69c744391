/**
 * Pure: one folder is one wire format. No sockets, clock, dice, environment or provider names. A dialect imports hub and
 * wire only, never another dialect.
 */
export type * from "./dialect.ts";
