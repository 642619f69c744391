import { createVerify, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Auth, type JsonObject, redactor } from '../../src/hub/index.ts';
import { googleToken } from '../../src/upstream/google.ts';
import { startProxy } from '../clients/proxy.ts';
import { type FakeUpstream, fakeUpstream, type Handler } from '../fake-upstream.ts';
import { accountOf } from './accounts.ts';

const auth: Auth = { kind: 'google', env: [], settings: { credentials: ['X_FILE', 'GOOGLE_APPLICATION_CREDENTIALS'] } };
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const email = 'robot@my-project.iam.gserviceaccount.com';
const folder = mkdtempSync(join(tmpdir(), 'google-'));
let service: FakeUpstream;
let made = 0;

/** What Google's token endpoint does: a token for a well-signed assertion. */
const endpoint: Handler = ({ body }) => {
  const form = new URLSearchParams(body.toString());
  const [head = '', claims = '', signature = ''] = (form.get('assertion') ?? '').split('.');
  const verify = createVerify('RSA-SHA256').update(`${head}.${claims}`);
  const good = verify.verify(publicKey, Buffer.from(signature, 'base64url'));
  const read: JsonObject = JSON.parse(Buffer.from(claims, 'base64url').toString());
  const now = Date.now() / 1000;
  const wanted =
    form.get('grant_type') === 'urn:ietf:params:oauth:grant-type:jwt-bearer' &&
    read['iss'] === email &&
    read['aud'] === `${service.url}/token` &&
    String(read['scope']).split(' ').includes('https://www.googleapis.com/auth/cloud-platform') &&
    Math.abs(Number(read['iat']) - now) < 60 &&
    Number(read['exp']) > now;
  if (!good || !wanted) return { status: 400, body: { error: 'invalid_grant', error_description: 'Invalid JWT' } };
  made++;
  return { body: { access_token: `ya29.token-${made}`, token_type: 'Bearer', expires_in: 3599 }, delayMs: 30 };
};

function account(more: JsonObject = {}): string {
  return JSON.stringify({
    type: 'service_account',
    project_id: 'my-project',
    private_key_id: 'k1',
    private_key: pem,
    client_email: email,
    token_uri: `${service.url}/token`,
    ...more,
  });
}

function fileOf(text: string): string {
  const path = join(folder, `${Math.random()}.json`);
  writeFileSync(path, text);
  return path;
}

beforeAll(async () => {
  service = await fakeUpstream();
});
beforeEach(() => service.will(endpoint));
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await service.close();
});

describe('the token of a service account', () => {
  it.each<[string, () => string]>([
    ['in a file', () => fileOf(account())],
    ['as a text', () => account()],
  ])('%s', async (_, credentials) => {
    const to = accountOf(auth, { settings: { credentials: credentials() } });
    expect(await googleToken(to)).toEqual({ authorization: `Bearer ya29.token-${made}` });
  });

  it('comes with the project that pays', async () => {
    const credentials = account({ quota_project_id: 'payer' });
    const to = accountOf(auth, { settings: { credentials } });
    expect(await googleToken(to)).toMatchObject({ 'x-goog-user-project': 'payer' });
  });

  it('is fetched once, however many wait, and kept', async () => {
    const to = accountOf(auth, { settings: { credentials: account() } });
    const before = service.received.length;
    const all = await Promise.all(Array.from({ length: 20 }, () => googleToken({ ...to })));
    expect(new Set(all.map((one) => one['authorization'])).size).toBe(1);
    await googleToken(to);
    expect(service.received.length - before).toBe(1);
  });
});

describe('without a token the error says why and what to do', () => {
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  it.each<[string, () => string, string]>([
    [
      'a key that is not theirs',
      () => account({ private_key: other.export({ type: 'pkcs8', format: 'pem' }).toString() }),
      'Invalid JWT',
    ],
    ['no key', () => account({ private_key: 'nonsense' }), 'no token for Pro Vider'],
    ['no file', () => join(folder, 'nowhere.json'), 'nowhere.json'],
    ['no JSON', () => '{"type":', 'are no JSON object'],
  ])('%s', async (_, credentials, text) => {
    const to = accountOf(auth, { settings: { credentials: credentials() } });
    const failure = await googleToken(to).catch((thrown) => thrown);
    expect(failure).toMatchObject({ kind: 'authentication', message: expect.stringContaining(text) });
    expect(failure.message).not.toContain('PRIVATE KEY');
    if (!text.startsWith('are no')) expect(failure.message).toContain('GOOGLE_APPLICATION_CREDENTIALS');
  });

  it.each<[string, Parameters<FakeUpstream['will']>[0]]>([
    ['an answer without a token', { body: {} }],
    ['HTML', { headers: { 'content-type': 'text/html' }, body: '<html>' }],
    ['another place to ask', { status: 307, headers: { location: '/elsewhere' } }],
    ['an echo', ({ body }) => ({ status: 401, body: `${body} ${pem} ${JSON.stringify(pem)}` })],
  ])('%s is none, and the key stays here', async (_, reply) => {
    service.will(reply);
    const before = service.received.length;
    const to = accountOf(auth, { settings: { credentials: fileOf(account()) } });
    const failure = await googleToken(to).catch((thrown) => thrown);
    expect(failure).toMatchObject({ kind: 'authentication' });
    expect(redactor([])(failure.message)).not.toMatch(new RegExp(`${pem.slice(100, 140)}|eyJ[\\w-]+\\.[\\w-]+`));
    expect(service.received.slice(before).map(({ url }) => url)).not.toContain('/elsewhere');
  });

  it('and a later call tries again', async () => {
    const to = accountOf(auth, { settings: { credentials: account() } });
    service.will({ status: 401, body: { error: 'invalid_client' } }, endpoint);
    await expect(googleToken(to)).rejects.toMatchObject({ kind: 'authentication' });
    expect(await googleToken(to)).toEqual({ authorization: `Bearer ya29.token-${made}` });
  });
});

it('goes with a call of the proxy, to the project of the credentials', async () => {
  const answer = { candidates: [{ content: { role: 'model', parts: [{ text: 'Hi' }] }, finishReason: 'STOP' }] };
  const vertex = await fakeUpstream({ body: answer });
  const env = { GOOGLE_APPLICATION_CREDENTIALS: fileOf(account()), VERTEXAI_LOCATION: 'europe-west4' };
  const proxy = await startProxy({ model: 'vertex_ai/gemini-2.5-flash', api_base: vertex.url }, env);
  try {
    await fetch(`${proxy.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer of-the-caller' },
      body: JSON.stringify({ model: 'x', messages: [{ role: 'user', content: 'Hello' }] }),
    });
    const { url, headers } = await vertex.wait(1);
    expect(url).toBe(
      '/v1/projects/my-project/locations/europe-west4/publishers/google/models/gemini-2.5-flash:generateContent',
    );
    expect(headers.authorization).toBe(`Bearer ya29.token-${made}`);
  } finally {
    await proxy.close();
    await vertex.close();
  }
});
