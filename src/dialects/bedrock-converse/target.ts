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
  const action = operation === 'embeddings' ? 'invoke' : stream ? 'converse-stream' : 'converse';
  return {
    method: 'POST',
    path: `/model/${label(model)}/${action}`,
    headers: { 'content-type': 'application/json', accept: accepts(operation, stream) },
  };
}

function accepts(operation: At['operation'], stream: boolean): string {
  return stream && operation === 'chat' ? 'application/vnd.amazon.eventstream' : 'application/json';
}

/** One segment of a path, as AWS writes it: everything but letters, digits and -._~ is escaped, slashes and colons too. */
function label(model: string): string {
  return encodeURIComponent(model).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
}
