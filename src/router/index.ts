/**
 * Which deployment a call goes to, and what is tried when one fails. Pure given what it is handed: it knows no socket,
 * no dialect, no clock and no dice of its own.
 */
export { attempt } from './attempt.ts';
export { askAll, askFastest, modelsOf, type Part, partsOf } from './fan-out.ts';
export { knownAs } from './names.ts';
export type { Lists, Means, Trial, Tried, Try, Wishes } from './trial.ts';
