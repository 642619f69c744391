/**
 * DATA. Every provider is a row: where it is, how it takes its key, what it does not take. No functions, and no behaviour
 * here or anywhere else that asks for a provider's name: a difference is a value in its row.
 */
import type { Provider, Row } from '../hub/index.ts';
import { aws } from './aws.ts';
import { azure } from './azure.ts';
import { clouds } from './clouds.ts';
import { cohere } from './cohere.ts';
import { google } from './google.ts';
import { local } from './local.ts';
import { measuring } from './measuring.ts';
import { native } from './native.ts';
import { openaiLike } from './openai-like.ts';
import { replicate } from './replicate.ts';
import { vertex } from './vertex.ts';

export { seeing, windows } from './abilities.ts';
export { localServers } from './local.ts';
export { bareNames, defaultKeeper, defaultModels, embeddingNames, encodings, mediaNames, modes } from './names.ts';

const rows: Readonly<Record<string, Row>> = {
  ...native,
  ...aws,
  ...google,
  ...openaiLike,
  ...local,
  ...azure,
  ...clouds,
  ...vertex,
  ...cohere,
  ...replicate,
  ...measuring,
};

/** All rows, with their keys as ids. */
export const providers: Readonly<Record<string, Provider>> = Object.fromEntries(
  Object.entries(rows).map(([id, row]) => [id, { id, ...row }]),
);

/** What answers in a provider's place (`mock_response`). */
export const standIn: Provider = { id: 'mock', ...native.mock };
