import type { ReplicateQuirks } from '../dialects/index.ts';
import type { Row } from '../hub/index.ts';

export const replicate = {
  replicate: {
    title: 'Replicate',
    dialect: 'replicate',
    base: 'https://api.replicate.com/v1',
    auth: [{ kind: 'bearer', scheme: 'Token', env: ['REPLICATE_API_KEY', 'REPLICATE_API_TOKEN'] }],
    omits: ['model'],
    refuses: [{ word: 'max_completion_tokens' }],
    // LITELLM.md 4.3: the models have no tools of their own.
    toolsInPrompt: true,
    models: [
      {
        match: /vicuna|flan|llama-2|mistral-7b|mixtral/,
        quirks: { newTokens: true } satisfies ReplicateQuirks,
      },
    ],
  },
} as const satisfies Record<string, Row>;
