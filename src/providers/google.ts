import type { GeminiQuirks } from '../dialects/index.ts';
import type { Refusal, Row } from '../hub/index.ts';

/**
 * Words that Gemini's own API does not get from clients of OpenAI's form (LITELLM.md 4.3), while Vertex AI does. Clients of
 * its own form say what they mean.
 */
export const studioOnly = [{ word: 'seed' }, { word: 'top_logprobs' }] as const satisfies readonly Refusal[];
const refused = [...studioOnly, { word: 'function_call' }] as const satisfies readonly Refusal[];
const penalties = ['presencePenalty', 'frequencyPenalty'] as const satisfies readonly Refusal[];

/** What each generation of models takes; the same wherever it is hosted. */
const generations = {
  three: { callProofs: true, mediaInResults: true, partResolution: true },
  threePro: { levels: ['low', 'high'], callProofs: true, mediaInResults: true, partResolution: true },
  threeOnePro: { levels: ['low', 'medium', 'high'], callProofs: true, mediaInResults: true, partResolution: true },
  threeFlash: {
    levels: ['minimal', 'low', 'medium', 'high'],
    callProofs: true,
    mediaInResults: true,
    partResolution: true,
  },
  twoFivePro: { budget: { least: 128 } },
  twoFiveLite: { budget: { least: 512, off: true } },
  twoFive: { budget: { least: 1, off: true } },
  oneFive: { openApiSchemas: true },
} as const satisfies Record<string, GeminiQuirks>;

/** Google's own models. Parameters: LITELLM.md 4.3 and 4.4. */
export const google = {
  gemini: {
    title: 'Google Gemini',
    dialect: 'gemini',
    strict: true,
    base: 'https://generativelanguage.googleapis.com/v1beta',
    auth: [{ kind: 'header', name: 'x-goog-api-key', env: ['GOOGLE_API_KEY', 'GEMINI_API_KEY'] }],
    refuses: refused,
    // The path says it.
    omits: ['model'],
    native: { whole: /^\/(?:v\d\w*|upload|download|ws)(?=\/)/, cut: /\/v1beta$/ },
    paths: { images: '/models/{model}:generateContent' },
    forms: { images: 'content' },
    models: [
      { match: /imagen/, paths: { images: '/models/{model}:predict' }, forms: { images: 'predict' } },
      {
        match: /gemini-3-(?:.*-)?image/,
        refuses: [...refused, ...penalties],
        fill: { temperature: 1 },
        quirks: generations.three,
      },
      {
        match: /gemini-3-pro/,
        refuses: [...refused, ...penalties],
        fill: { temperature: 1 },
        quirks: generations.threePro,
      },
      {
        match: /gemini-(?:3\.\d+|[4-9][\d.]*)-pro/,
        refuses: [...refused, ...penalties],
        fill: { temperature: 1 },
        quirks: generations.threeOnePro,
      },
      {
        match: /gemini-[3-9]/,
        refuses: [...refused, ...penalties],
        fill: { temperature: 1 },
        quirks: generations.threeFlash,
      },
      { match: /gemini-2\.5-(?:flash-lite|.*image)/, quirks: generations.twoFiveLite },
      { match: /gemini-2\.5-pro/, refuses: [...refused, ...penalties], quirks: generations.twoFivePro },
      { match: /gemini-2\.5/, quirks: generations.twoFive },
      { match: /gemini-1/, refuses: [...refused, 'reasoning'], quirks: generations.oneFive },
      { match: /gemini-2\.0|gemma|learnlm/, refuses: [...refused, 'reasoning'] },
    ],
  },
} as const satisfies Record<string, Row>;
