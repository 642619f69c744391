import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import OpenAI, { BadRequestError } from 'openai';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type FakeProvider, startProvider } from '../server/world.ts';
import { startProxy } from './proxy.ts';

const pixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const data = pixel.toString('base64');
let asked = 0;
const files = createServer((_, res) => {
  asked++;
  res.writeHead(200, { 'content-type': 'image/png' }).end(pixel);
});
let link = '';
beforeAll(async () => {
  await new Promise<void>((ready) => files.listen(0, '127.0.0.1', ready));
  link = `http://127.0.0.1:${(files.address() as AddressInfo).port}/pixel`;
});
afterAll(() => {
  files.closeAllConnections();
  files.close();
});

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  asked = 0;
  for (const one of open.splice(0)) await one.close();
});

const env = {
  OPENAI_API_KEY: 'sk-0123456789',
  ANTHROPIC_API_KEY: 'sk-ant-0123456789',
  GEMINI_API_KEY: 'g-0123456789',
  AWS_BEARER_TOKEN_BEDROCK: 'b-0123456789',
  MISTRAL_API_KEY: 'm-0123456789',
};

/** A provider that refuses everything: what it was sent is what is looked at. */
async function asking(
  model: string,
  allow_private_media: boolean,
): Promise<{ vendor: FakeProvider; sent: Promise<unknown> }> {
  const vendor = await startProvider();
  vendor.answer = (_, res) =>
    res.writeHead(418, { 'content-type': 'application/json' }).end('{"error":{"message":"no"}}');
  const proxy = await startProxy({ model, api_base: vendor.origin, allow_private_media }, env);
  open.push(vendor, proxy);
  const client = new OpenAI({ baseURL: `${proxy.url}/v1`, apiKey: 'x', maxRetries: 0 });
  const sent = client.chat.completions.create({
    model: 'm',
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'what is this?' },
          { type: 'image_url', image_url: { url: link } },
          { type: 'image_url', image_url: { url: link } },
        ],
      },
    ],
  });
  return { vendor, sent };
}

test.each([
  ['gemini/gemini-2.5-flash', { inlineData: { mimeType: 'image/png', data } }],
  ['bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0', { image: { format: 'png', source: { bytes: data } } }],
  ['anthropic/claude-sonnet-4-5', { type: 'image', source: { type: 'base64', media_type: 'image/png', data } }],
  ['ollama_chat/llava', data],
])('%s gets a linked image inside the request, fetched once', async (model, block) => {
  const { vendor, sent } = await asking(model, true);
  await expect(sent).rejects.toThrow();
  const body = vendor.seen[0]?.body ?? '';
  expect(body.split(JSON.stringify(block)).length - 1).toBe(2);
  expect(body).not.toContain(link);
  expect(asked).toBe(1);
});

test.each(['openai/gpt-4o', 'openai/responses/gpt-4o', 'mistral/pixtral'])('%s gets the link', async (model) => {
  const { vendor, sent } = await asking(model, true);
  await expect(sent).rejects.toThrow();
  expect(vendor.seen[0]?.body).toContain(link);
  expect(asked).toBe(0);
});

test('private addresses are not fetched, and nothing is sent', async () => {
  const { vendor, sent } = await asking('gemini/gemini-2.5-flash', false);
  await expect(sent).rejects.toThrow(BadRequestError);
  await expect(sent).rejects.toThrow(/private address \(start with --allow_private_media/);
  expect(vendor.seen).toEqual([]);
  expect(asked).toBe(0);
});
