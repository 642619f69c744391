/** Names of models that look at pictures, wherever they are served. */
export const seeing =
  /gpt-4o|gpt-4\.1|gpt-4-turbo|gpt-[5-9](?!.*codex-mini)|(?:^|[/.-])o[134](?:-(?!mini)|$)|o4-mini|claude|gemini|gemma-?3|llama-?4|llama3?[-.]?3?\.2-(?:11|90)b|llava|bakllava|moondream|pixtral|mistral-(?:small|medium|large)-?(?:3|2[56]|latest)|ministral|magistral|(?:^|[/-])qwen[\w.-]*-?(?:vl|omni)|qvq|internvl|minicpm-v|glm-[\d.]+v|grok-(?:4|2-vision)|kimi-k2\.5|nova-(?:lite|pro|premier)|phi-[\w.-]*(?:vision|multimodal)|vision/i;

/** Tokens of conversation that families of models take, where the price list does not say; the first match counts. */
export const windows: readonly { match: RegExp; tokens: number }[] = [
  { match: /gemini-(?:1\.5|2|2\.5|3)/i, tokens: 1_048_576 },
  { match: /gpt-4\.1/i, tokens: 1_047_576 },
  { match: /gpt-5/i, tokens: 400_000 },
  { match: /gpt-4o|gpt-4-turbo/i, tokens: 128_000 },
  { match: /(?:^|[/.-])o[134](?:-|$)/i, tokens: 200_000 },
  { match: /claude/i, tokens: 200_000 },
  { match: /gpt-oss/i, tokens: 131_072 },
  { match: /llama-?3\.[123]/i, tokens: 131_072 },
  { match: /deepseek-(?:chat|reasoner|v3|r1)/i, tokens: 128_000 },
  { match: /mistral-(?:small|medium|large)|magistral|devstral|ministral/i, tokens: 128_000 },
  { match: /grok-4/i, tokens: 256_000 },
  { match: /kimi-k2/i, tokens: 131_072 },
  { match: /glm-4\.[567]/i, tokens: 128_000 },
  { match: /command-(?:r|a)/i, tokens: 128_000 },
  { match: /nova-(?:lite|pro)/i, tokens: 300_000 },
];
