/**
 * What happened: calls, totals and what they cost, and answers that can be asked for again. Keeps everything in memory;
 * imports the price list only once an answer is out, since reading it takes longer than a small call.
 */
export { createLedger, type Ledger } from './ledger.ts';
export { createResponses, type Responses } from './responses.ts';
