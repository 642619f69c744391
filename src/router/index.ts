/**
 * Which deployment a call goes to, and what is tried when one fails. Pure given what it is handed: it knows no socket
 * and no dialect.
 */
export { attempt, knownAs, type Trial } from './attempt.ts';
