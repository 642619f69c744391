import type { AnthropicQuirks } from '../dialects/index.ts';
import type { ModelRule } from '../hub/index.ts';

/** What Claude's models before Opus 4.8 do not know, though an agent that takes them for a newer one says it. */
const claude = {
  ordinary: { systemFirst: true },
  thinking: { systemFirst: true, budgetThinking: true, withoutEffort: true },
  opus45: { systemFirst: true, budgetThinking: true },
  fourSix: { systemFirst: true, adaptiveThinking: true, withoutXhigh: true },
  fourSeven: { systemFirst: true, adaptiveThinking: true },
} as const satisfies Record<string, AnthropicQuirks>;

/**
 * What each generation of Claude takes, wherever it is hosted: some hosts write the date behind an @, or their own prefix
 * before the name.
 */
export const claudeModels = [
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
    match: /claude-(?:3-7-sonnet|sonnet-4(?:$|@|-0|-2\d{7})|4-sonnet)/,
    lacks: ['schema-output'],
    fill: { maxTokens: 64_000 },
    most: { maxTokens: 64_000 },
    quirks: claude.thinking,
  },
  {
    match: /claude-(?:opus-4(?:$|@|-0|-2\d{7})|4-opus)/,
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
] as const satisfies readonly ModelRule[];

/** For Claude at a host that has other models too: what Anthropic's own row says of all of them. */
export const claudeFill = {
  fill: { maxTokens: 4096 },
  clamp: { temperature: [0, 1] },
} as const satisfies Partial<ModelRule>;
