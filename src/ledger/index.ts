/**
 * What happened: calls, totals and what they cost. Keeps everything in memory; imports the price list only once an
 * answer is out, since reading it takes longer than a small call.
 */
export { createLedger, type Ledger } from './ledger.ts';
