import type { OpenAIChatQuirks, OpenAIResponsesQuirks } from '../dialects/index.ts';
import type { ModelRule, Row } from '../hub/index.ts';
import { claudeModels } from './claude.ts';
import { openaiMedia, rerank } from './endpoints.ts';
import { openaiKeeping } from './keeping.ts';
import { firstOSeries, gpt5, gpt5Search, gpt5WithNone, ordinary, oSeries } from './unsupported.ts';

export const openaiQuirks = { reasoning: 'none', stripCacheMarks: true } as const satisfies OpenAIChatQuirks;
/** What each generation calls its efforts. */
export const efforts = {
  oSeries: { ...openaiQuirks, efforts: ['low', 'medium', 'high'] },
  gpt5: { ...openaiQuirks, efforts: ['minimal', 'low', 'medium', 'high'] },
  gpt51: { ...openaiQuirks, efforts: ['none', 'low', 'medium', 'high'] },
  gpt52: { ...openaiQuirks, efforts: ['none', 'low', 'medium', 'high', 'xhigh'] },
  codex: { ...openaiQuirks, efforts: ['low', 'medium', 'high'] },
  newCodex: { ...openaiQuirks, efforts: ['low', 'medium', 'high', 'xhigh'] },
  pro: { ...openaiQuirks, efforts: ['high'] },
  newPro: { ...openaiQuirks, efforts: ['medium', 'high', 'xhigh'] },
  research: { ...openaiQuirks, efforts: ['medium'] },
} as const satisfies Record<string, OpenAIChatQuirks & OpenAIResponsesQuirks>;
export const completionTokens = { max_tokens: 'max_completion_tokens' } as const;
/** What api.anthropic.com wants beside the token of a Claude subscription (`sk-ant-oat…`). */
const oauth = { 'anthropic-beta': 'oauth-2025-04-20' } as const;

/** What OpenAI's models take, wherever they are hosted under their own names. */
export const openaiModels = [
  { match: /^computer-use-/, refuses: oSeries, quirks: efforts.oSeries, adds: { truncation: 'auto' } },
  { match: /^codex-/, refuses: oSeries, quirks: efforts.codex, most: { maxTokens: 100_000 } },
  { match: /^o\d(?:-mini)?-deep-research/, refuses: oSeries, quirks: efforts.research, most: { maxTokens: 100_000 } },
  { match: /^gpt-5(?:\.1)?-codex(?!-max)/, refuses: gpt5, quirks: efforts.codex, most: { maxTokens: 128_000 } },
  { match: /^gpt-5(?:\.\d+)?-codex/, refuses: gpt5, quirks: efforts.newCodex, most: { maxTokens: 128_000 } },
  { match: /^gpt-5-pro/, refuses: gpt5, quirks: efforts.pro, most: { maxTokens: 272_000 } },
  { match: /^gpt-5\.\d+-pro/, refuses: gpt5, quirks: efforts.newPro, most: { maxTokens: 128_000 } },
  {
    match: /^gpt-5[\w.]*-search/,
    refuses: gpt5Search,
    renames: completionTokens,
  },
  { match: /gpt-5-chat/, most: { stop: 4, maxTokens: 16_384 } },
  {
    match: /gpt-5\.1(?!\d|.*-(?:chat|codex|pro))/,
    refuses: gpt5WithNone,
    renames: completionTokens,
    quirks: efforts.gpt51,
    most: { stop: 4, maxTokens: 128_000 },
  },
  {
    match: /gpt-5\.\d+(?!.*-(?:chat|codex|pro))/,
    refuses: gpt5WithNone,
    renames: completionTokens,
    quirks: efforts.gpt52,
    most: { stop: 4, maxTokens: 128_000 },
  },
  {
    match: /gpt-5/,
    refuses: gpt5,
    renames: completionTokens,
    quirks: efforts.gpt5,
    most: { stop: 4, maxTokens: 128_000 },
  },
  {
    match: /^(?:ft:)?o1-(?:mini|preview)/,
    refuses: firstOSeries,
    renames: completionTokens,
    quirks: efforts.oSeries,
    most: { stop: 4, maxTokens: 32_768 },
  },
  {
    match: /^(?:ft:)?o\d/,
    refuses: oSeries,
    renames: completionTokens,
    quirks: efforts.oSeries,
    most: { stop: 4, maxTokens: 100_000 },
  },
  {
    match: /^(?:gpt-4|gpt-3\.5-turbo-16k)$/,
    refuses: [...ordinary, 'output'],
    most: { stop: 4, maxTokens: 4096 },
  },
  { match: /gpt-4o-2024-05-13|gpt-4-|gpt-4$|gpt-3\.5/, most: { stop: 4, maxTokens: 4096 } },
  { match: /gpt-4o/, most: { stop: 4, maxTokens: 16_384 } },
  { match: /gpt-4\.1/, most: { stop: 4, maxTokens: 32_768 } },
] as const satisfies readonly ModelRule[];

/** The makers of the dialects, and the models inside the process. Parameters: LITELLM.md 4.2 and 4.3. */
export const native = {
  openai: {
    title: 'OpenAI',
    dialect: 'openai-chat',
    also: ['openai-responses'],
    strict: true,
    keepsMetadata: true,
    base: 'https://api.openai.com/v1',
    auth: [{ kind: 'bearer', env: ['OPENAI_API_KEY'] }],
    env: { base: ['OPENAI_BASE_URL'] },
    headers: { 'openai-organization': '{env.OPENAI_ORGANIZATION}' },
    paths: { ...openaiMedia, ...openaiKeeping },
    refuses: ordinary,
    most: { stop: 4 },
    quirks: openaiQuirks,
    models: [
      // Forces the other API; the rules behind it hold for the bare name (LITELLM.md 3.2).
      { match: /^responses\//, strip: true, dialect: 'openai-responses' },
      // Models of the first API, which the chat's refuses.
      {
        match: /^(?:ft:)?(?:gpt-3\.5-turbo-instruct|davinci-002|babbage-002)/,
        dialect: 'openai-completions',
        refuses: [],
      },
      // Models that speak nothing else (LITELLM.md 5.9). Nothing is cut off their names.
      {
        match: /^(?=o\d(?:-mini)?-(?:pro|deep-research)|gpt-5(?:\.\d+)?-(?:pro|codex)|codex-|computer-use-)/,
        strip: true,
        dialect: 'openai-responses',
      },
      {
        // These think and call tools in the other API only (LITELLM.md 4.2).
        match: /^(?=gpt-5\.(?:[4-9]|\d\d)(?!.*-(?:chat|search)))/,
        strip: true,
        instead: { dialect: 'openai-responses', having: ['tools', 'reasoning'] },
      },
      {
        match: /^gpt-5\.(?:[6-9]|\d\d)(?!.*-(?:chat|codex|pro|terra))/,
        refuses: gpt5WithNone,
        renames: completionTokens,
        quirks: { ...efforts.gpt52, cacheBreakpoints: true } satisfies OpenAIChatQuirks & OpenAIResponsesQuirks,
        most: { stop: 4, maxTokens: 128_000 },
      },
      ...openaiModels,
    ],
    native: { also: ['openai_passthrough'] },
  },
  'text-completion-openai': {
    title: 'OpenAI, models that complete text',
    dialect: 'openai-completions',
    strict: true,
    base: 'https://api.openai.com/v1',
    auth: [{ kind: 'bearer', env: ['OPENAI_API_KEY'] }],
    env: { base: ['OPENAI_BASE_URL', 'OPENAI_API_BASE'] },
    headers: { 'openai-organization': '{env.OPENAI_ORGANIZATION}' },
    paths: { ...openaiKeeping },
    most: { stop: 4 },
  },
  anthropic: {
    title: 'Anthropic',
    dialect: 'anthropic-messages',
    strict: true,
    base: 'https://api.anthropic.com',
    auth: [
      {
        kind: 'bearer',
        env: ['ANTHROPIC_API_KEY'],
        keyPrefix: 'sk-ant-oat',
        headers: oauth,
      },
      { kind: 'header', name: 'x-api-key', env: ['ANTHROPIC_API_KEY'] },
      {
        kind: 'bearer',
        env: ['ANTHROPIC_AUTH_TOKEN'],
        keyPrefix: 'sk-ant-oat',
        headers: oauth,
      },
      { kind: 'bearer', env: ['ANTHROPIC_AUTH_TOKEN'] },
    ],
    env: { base: ['ANTHROPIC_BASE_URL'] },
    fill: { maxTokens: 4096 },
    clamp: { temperature: [0, 1] },
    models: claudeModels,
  },
  mock: {
    title: 'Models inside modelport, for trying and testing',
    dialect: 'openai-chat',
    base: 'mock:',
    auth: [],
    paths: { ...openaiMedia, ...rerank },
  },
} as const satisfies Record<string, Row>;
