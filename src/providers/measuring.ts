import type { Row } from '../hub/index.ts';
import { images, rerank } from './endpoints.ts';

/** Providers that do not chat: they make vectors, rankings or pictures. */
export const measuring = {
  voyage: {
    title: 'Voyage AI',
    dialect: 'openai-chat',
    base: 'https://api.voyageai.com/v1',
    auth: [{ kind: 'bearer', env: ['VOYAGE_API_KEY', 'VOYAGE_AI_API_KEY', 'VOYAGE_AI_TOKEN'] }],
    renames: { dimensions: 'output_dimension' },
    paths: { ...rerank },
    forms: { rerank: 'top-k' },
  },
  jina_ai: {
    title: 'Jina AI',
    dialect: 'openai-chat',
    base: 'https://api.jina.ai/v1',
    auth: [{ kind: 'bearer', env: ['JINA_AI_API_KEY', 'JINA_API_KEY'] }],
    floatsOnly: true,
    paths: { ...rerank },
  },
  infinity: {
    title: 'Infinity',
    dialect: 'openai-chat',
    base: 'http://localhost:7997',
    auth: [{ kind: 'bearer', env: ['INFINITY_API_KEY'], optional: true }],
    paths: { ...rerank },
  },
  recraft: {
    title: 'Recraft',
    dialect: 'openai-chat',
    base: 'https://external.api.recraft.ai/v1',
    auth: [{ kind: 'bearer', env: ['RECRAFT_API_KEY'] }],
    paths: { ...images },
  },
} as const satisfies Record<string, Row>;
