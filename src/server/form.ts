import type { IncomingHttpHeaders } from 'node:http';
import type { ClientId, forms } from '../dialects/index.ts';

/** The form of clients that no path tells apart: Mistral's SDKs ask on OpenAI's paths, and say who they are. */
export function formOf(dialect: ClientId, headers: IncomingHttpHeaders): keyof typeof forms | undefined {
  if (dialect !== 'openai-chat') return undefined;
  const named = headers['x-mistral-user-agent'] ?? headers['user-agent'] ?? '';
  return /^mistral-client-|^speakeasy-sdk\/.*mistralai$/.test(String(named)) ? 'typed' : undefined;
}
