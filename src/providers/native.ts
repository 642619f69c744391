import type { AnthropicQuirks, OpenAIChatQuirks } from '../dialects/index.ts';
import type { Row } from '../hub/index.ts';
import { firstOSeries, gpt5, gpt5Search, gpt5WithNone, ordinary, oSeries } from './unsupported.ts';

const openaiQuirks = { reasoning: 'none', stripCacheMarks: true } as const satisfies OpenAIChatQuirks;
/** What each generation calls its efforts. */
const efforts = {
  oSeries: { ...openaiQuirks, efforts: ['low', 'medium', 'high'] },
  gpt5: { ...openaiQuirks, efforts: ['minimal', 'low', 'medium', 'high'] },
  gpt51: { ...openaiQuirks, efforts: ['none', 'low', 'medium', 'high'] },
  gpt52: { ...openaiQuirks, efforts: ['none', 'low', 'medium', 'high', 'xhigh'] },
} as const satisfies Record<string, OpenAIChatQuirks>;
/** What Claude's models before Opus 4.8 do not know, though an agent that takes them for a newer one says it. */
const claude = {
  ordinary: { systemFirst: true },
  thinking: { systemFirst: true, budgetThinking: true, withoutEffort: true },
  opus45: { systemFirst: true, budgetThinking: true },
  fourSix: { systemFirst: true, adaptiveThinking: true, withoutXhigh: true },
  fourSeven: { systemFirst: true, adaptiveThinking: true },
} as const satisfies Record<string, AnthropicQuirks>;
const completionTokens = { max_tokens: 'max_completion_tokens' } as const;
/** What api.anthropic.com wants beside the token of a Claude subscription (`sk-ant-oat…`). */
const oauth = { 'anthropic-beta': 'oauth-2025-04-20' } as const;

/** The makers of the dialects, and the models inside the process. Parameters: LITELLM.md 4.2 and 4.3. */
export const native = {
  openai: {
    title: 'OpenAI',
    dialect: 'openai-chat',
    strict: true,
    keepsMetadata: true,
    base: 'https://api.openai.com/v1',
    auth: [{ kind: 'bearer', env: ['OPENAI_API_KEY'] }],
    env: { base: ['OPENAI_BASE_URL'] },
    headers: { 'openai-organization': '{env.OPENAI_ORGANIZATION}' },
    refuses: ordinary,
    most: { stop: 4 },
    quirks: openaiQuirks,
    models: [
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
    ],
    native: { mount: '/openai' },
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
    models: [
      // Thinks not at all; schemas by a forced tool.
      {
        match: /claude-3-5-/,
        refuses: ['reasoning'],
        lacks: ['schema-output'],
        fill: { maxTokens: 8192 },
        most: { maxTokens: 8192 },
        quirks: claude.ordinary,
      },
      {
        match: /claude-(?:3-(?:opus|sonnet|haiku)|2|instant)/,
        refuses: ['reasoning'],
        lacks: ['schema-output'],
        fill: { maxTokens: 4096 },
        most: { maxTokens: 4096 },
        quirks: claude.ordinary,
      },
      // Thinks; schemas by a forced tool.
      {
        match: /claude-(?:3-7-sonnet|sonnet-4-(?:0|2\d{7})|4-sonnet|sonnet-4$)/,
        lacks: ['schema-output'],
        fill: { maxTokens: 64_000 },
        most: { maxTokens: 64_000 },
        quirks: claude.thinking,
      },
      {
        match: /claude-(?:opus-4-(?:0|2\d{7})|4-opus|opus-4$)/,
        lacks: ['schema-output'],
        fill: { maxTokens: 32_000 },
        most: { maxTokens: 32_000 },
        quirks: claude.thinking,
      },
      // Thinks and knows schemas.
      {
        match: /claude-opus-4-1/,
        fill: { maxTokens: 32_000 },
        most: { maxTokens: 32_000 },
        quirks: claude.thinking,
      },
      {
        match: /claude-opus-4-5/,
        fill: { maxTokens: 64_000 },
        most: { maxTokens: 64_000 },
        quirks: claude.opus45,
      },
      {
        match: /claude-(?:sonnet|haiku)-4-5/,
        fill: { maxTokens: 64_000 },
        most: { maxTokens: 64_000 },
        quirks: claude.thinking,
      },
      // Decides by itself how much to think: an effort instead of a budget.
      {
        match: /claude-(?:opus|sonnet|haiku)-4-6/,
        fill: { maxTokens: 64_000 },
        quirks: claude.fourSix,
      },
      {
        match: /claude-(?:(?:opus|sonnet|haiku)-4-7|(?:sonnet|haiku)-(?:4-[89]|[5-9]))/,
        fill: { maxTokens: 64_000 },
        quirks: claude.fourSeven,
      },
      {
        match: /claude-opus-(?:4-[89]|[5-9])/,
        fill: { maxTokens: 64_000 },
        quirks: { adaptiveThinking: true } satisfies AnthropicQuirks,
      },
    ],
    native: { mount: '/anthropic' },
  },
  mock: {
    title: 'Models inside modelport, for trying and testing',
    dialect: 'openai-chat',
    base: 'mock:',
    auth: [],
  },
} as const satisfies Record<string, Row>;
