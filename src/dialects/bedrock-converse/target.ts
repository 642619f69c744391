import type { At, Target } from '../../hub/index.ts';

/** Client headers that may go up: none, since what Anthropic's clients wish for by header stands in the body here. */
export const forwards: readonly string[] = [];

/** Headers of a reply that come back under their own names. */
export const returns: readonly string[] = [
  'x-amzn-requestid',
  'x-amzn-bedrock-invocation-latency',
  'x-amzn-bedrock-input-token-count',
  'x-amzn-bedrock-output-token-count',
  'retry-after',
];

export function target({ operation, model, stream }: At): Target {
  if (operation === 'count-tokens') return counting(model);
  const action = operation === 'embeddings' ? 'invoke' : stream ? 'converse-stream' : 'converse';
  return {
    method: 'POST',
    path: `/model/${label(model)}/${action}`,
    headers: { 'content-type': 'application/json', accept: accepts(operation, stream) },
  };
}

/** Asked of the model itself: the profiles that spread its calls over regions are not known there. */
function counting(model: string): Target {
  const own = model.replace(/^(?:us-gov|us|eu|apac|jp|au|ca|global)\./, '');
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  return { method: 'POST', path: `/model/${label(own)}/count-tokens`, headers };
}

function accepts(operation: At['operation'], stream: boolean): string {
  return stream && operation === 'chat' ? 'application/vnd.amazon.eventstream' : 'application/json';
}

/** One segment of a path, as AWS writes it: everything but letters, digits and -._~ is escaped, slashes and colons too. */
function label(model: string): string {
  return encodeURIComponent(model).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
}
