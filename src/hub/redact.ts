const shortest = 8;
/** The second net, for keys that nobody configured: providers echo what they were sent. */
const patterns: readonly (readonly [RegExp, string])[] = [
  [/\b(Bearer|Basic|Token)\s+[\w.~+/=-]{8,}/g, '$1 ****'],
  [/\b((?:sk|pk|rk|gsk|xai|pplx|nvapi|hf|r8)[-_])[\w-]{8,}/g, '$1****'],
  [/\b(AIza)[\w-]{20,}/g, '$1****'],
  [/([?&](?:api_?-?key|key|token|access_token)=)[^&\s"']{4,}/gi, '$1****'],
  // Signed assertions and the keys that sign them: token services echo what they refuse.
  [/(?<![\w-])(eyJ)[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g, '$1****'],
  [/(-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----)[\s\S]*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|$)/g, '$1****'],
  [/(\/\/)[^/\s:@"']{1,200}:[^/\s@"']{1,200}@/g, '$1****@'],
];

/** A mask shows at most the last four characters. */
export function mask(secret: string): string {
  return secret.length >= 16 ? `****${secret.slice(-4)}` : '****';
}

/**
 * A function that removes known secrets from a text, by value first, then what looks like one by pattern
 * (RELIABILITY.md K8). Values under 8 characters, numbers, booleans and paths are no secrets (DECISIONS.md 22).
 */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const known = [...new Set(secrets.filter(isSecret))].sort((a, b) => b.length - a.length);
  return (text) => {
    let out = text;
    for (const secret of known) if (out.includes(secret)) out = out.replaceAll(secret, mask(secret));
    for (const [pattern, masked] of patterns) out = out.replace(pattern, masked);
    return out;
  };
}

/** Whether a value is worth hiding. The versions of APIs are dates. */
export function isSecret(value: string): boolean {
  return value.length >= shortest && !/^(?:[\d.]+|true|false|[./~][\w./-]*|\d{4}-\d\d-\d\d(?:-preview)?)$/i.test(value);
}

/** Of what a maker of tokens is given, what lets somebody in; ids of clients and tenants are needed to read an error. */
export function settingSecrets(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => {
    if (!/key|secret|token|pass|credential/i.test(name)) return [];
    return [
      value,
      ...[...value.matchAll(confidential)].flatMap(([, text = '']) => [text, text.replaceAll('\\n', '\n')]),
    ];
  });
}

/** Credentials may be a whole JSON text. */
const confidential = /"(?:private_key|client_secret|refresh_token)"\s*:\s*"((?:[^"\\]|\\.)*)"/g;
