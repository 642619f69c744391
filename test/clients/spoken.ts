import type { Flags } from '../../src/config/index.ts';
import type { DialectId } from '../../src/hub/index.ts';
import type { WrittenId } from '../dialects/codecs.ts';
import { numbered, readProviderRequest } from '../dialects/read-provider-request.ts';
import { type RequestFacts, readRequest } from '../dialects/read-request.ts';
import { type RunningProxy, startProxy } from './proxy.ts';
import { startVendor, type Vendor, vendorError } from './vendor.ts';

/** A model of each dialect that clients are tried over. */
export const models = {
  'openai-chat': 'openai/gpt-4o-mini',
  'anthropic-messages': 'anthropic/claude-sonnet-4-5',
  gemini: 'gemini/gemini-2.5-flash',
  cohere: 'cohere/command-a-03-2025',
  ollama: 'ollama_chat/llama3.2',
  'openai-responses': 'openai/responses/gpt-5.1',
  'bedrock-converse': 'bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0',
} as const satisfies Partial<Record<DialectId, string>>;
export type Spoken = keyof typeof models;
export const spoken: readonly Spoken[] = [
  'openai-chat',
  'openai-responses',
  'anthropic-messages',
  'gemini',
  'bedrock-converse',
  'cohere',
  'ollama',
];
/** Makers whose proof of a thought comes and goes back to them. */
export const signing: ReadonlySet<Spoken> = new Set([
  'openai-responses',
  'anthropic-messages',
  'gemini',
  'bedrock-converse',
]);

const keys = {
  OPENAI_API_KEY: 'sk-proxy-openai-0123456789',
  ANTHROPIC_API_KEY: 'sk-ant-proxy-0123456789',
  GEMINI_API_KEY: 'AIza-proxy-0123456789',
  COHERE_API_KEY: 'co-proxy-0123456789',
  MISTRAL_API_KEY: 'mi-proxy-0123456789',
  AWS_ACCESS_KEY_ID: 'AKIAPROXY00000000001',
  AWS_SECRET_ACCESS_KEY: 'aws-proxy-0123456789',
};

/** What the conversations of rosetta/ say. */
export const said = {
  hello: 'Hello there, how can I help?',
  thought: 'Nine degrees is cold.',
  cold: 'It is cold: 9 degrees.',
  proof: 'ErUBCkYIBhgCIkDGc2lnbmF0dXJlK29mL3RoZSttYWtlcg==',
  after: 'Paris 18, Tokyo 24.',
} as const;
export const picture =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
export const weather = {
  name: 'get_current_weather',
  description: 'The weather',
  parameters: { type: 'object', properties: { location: { type: 'string' } }, required: ['location'] },
} as const;

/** What a provider was asked, calls numbered. */
export function asked(dialect: Spoken, body: unknown): RequestFacts {
  const written: WrittenId | undefined =
    dialect === 'openai-chat' || dialect === 'anthropic-messages' ? dialect : undefined;
  return numbered(written === undefined ? readProviderRequest(dialect, body) : readRequest(written, body));
}

/** An error of a vendor, in its own form. */
export function refusal(dialect: Spoken, status: number, words = 'the vendor says no'): Refusal {
  return { status, ...vendorError(dialect, 'vendor_error', words, { status }) };
}
interface Refusal {
  status: number;
  headers?: Record<string, string>;
  body: unknown;
}

export async function thrownBy(work: () => Promise<unknown>): Promise<unknown> {
  return work().then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** A proxy over a vendor of one dialect. */
export interface Pair {
  vendor: Vendor;
  proxy: RunningProxy;
  close(): Promise<void>;
}

/** `more`: flags, variables, a model of another name. */
export async function startPair(
  dialect: Spoken,
  more: { flags?: Flags; env?: Record<string, string>; model?: string } = {},
): Promise<Pair> {
  const vendor = await startVendor(dialect);
  const flags = { model: more.model ?? models[dialect], api_base: vendor.url, ...more.flags };
  const proxy = await startProxy(flags, { ...keys, ...more.env });
  return {
    vendor,
    proxy,
    close: async () => {
      await proxy.close();
      await vendor.close();
    },
  };
}
