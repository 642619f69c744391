export { decodeError, decodeErrorMember, errorWithin } from '../openai-refusal.ts';
