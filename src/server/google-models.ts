import { providers } from '../dialects/index.ts';
import { type JsonObject, ProxyError } from '../hub/index.ts';
import type { Listed } from './models.ts';

const mostOnPage = 1000;

/** `GET /v1beta/models`: a page of Google's list. Throws invalid-request. */
export function googleModels(all: readonly Listed[], query: URLSearchParams): JsonObject {
  const from = numberOf(query, 'pageToken', 0);
  const size = Math.min(numberOf(query, 'pageSize', 50) || 50, mostOnPage);
  const end = from + size;
  return {
    models: all.slice(from, end).map(googleModel),
    ...(end < all.length ? { nextPageToken: String(end) } : {}),
  };
}

/** `GET /v1beta/models/{id}`: one entry of it. */
export function googleModel({ name, to: { provider }, facts: { window, longest } }: Listed): JsonObject {
  const embeds = providers[provider.dialect].provider.embeddings !== undefined;
  return {
    name: `models/${name}`,
    displayName: name,
    description: `${name} of ${provider.title}`,
    ...(window === undefined ? {} : { inputTokenLimit: window }),
    ...(longest === undefined ? {} : { outputTokenLimit: longest }),
    supportedGenerationMethods: [
      'generateContent',
      'streamGenerateContent',
      'countTokens',
      ...(embeds ? ['embedContent', 'batchEmbedContents'] : []),
    ],
  };
}

function numberOf(query: URLSearchParams, name: string, otherwise: number): number {
  const text = query.get(name) ?? '';
  if (text === '') return otherwise;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new ProxyError('invalid-request', `'${name}' is not one that this server gave`, { param: name });
}
