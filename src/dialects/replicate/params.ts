import type { ParamName } from '../../hub/index.ts';
import type { Loss } from '../dialect.ts';

export const self = 'replicate';

/** What this wire can say, and where; every model has a schema of its own for `input`, these are the usual words. */
export const params: Readonly<Partial<Record<ParamName, string>>> = {
  maxTokens: 'input.max_tokens',
  temperature: 'input.temperature',
  topP: 'input.top_p',
  topK: 'input.top_k',
  stop: 'input.stop_sequences',
  seed: 'input.seed',
  stream: 'stream',
  tools: 'input.prompt',
  toolChoice: 'input.prompt',
};

/** Further top-level words of a prediction; every other one that a client writes is part of its input. */
export const words: readonly string[] = ['input', 'version', 'webhook', 'webhook_events_filter'];

const schema = "Replicate's prediction request";
const reply = "Replicate's prediction";

/** What the published schemas have no place for. */
export const losses: readonly Loss[] = [
  { what: 'turns: they are told in one text (`prompt`)', schema },
  { what: 'names, cache marks, proofs, ids of calls', schema },
  { what: 'thinking of earlier turns', schema },
  { what: 'more than one image (`image`), audio, video, files other than text, files by id', schema },
  { what: 'tools: they are told in the prompt', schema },
  { what: 'n, penalties, logit bias, log probabilities, output schemas, reasoning, user ids', schema },
  {
    what: 'pieces of an answer as they are made: a streamed call gets them when the prediction is whole',
    schema: reply,
  },
  { what: 'why the answer ended, citations, cached and reasoning tokens', schema: reply },
];
