import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Auth } from '../../src/hub/index.ts';
import { entraToken } from '../../src/upstream/entra.ts';
import { startProxy } from '../clients/proxy.ts';
import { fakeUpstream } from '../fake-upstream.ts';
import { accountOf } from './accounts.ts';
import { certificate } from './certificate.ts';

type Entra = Extract<Auth, { kind: 'entra' }>;

const auth: Entra = {
  kind: 'entra',
  env: [],
  scope: 'https://cognitiveservices.azure.com/.default',
  settings: { tenantId: ['AZURE_TENANT_ID'], clientId: ['AZURE_CLIENT_ID'], clientSecret: ['AZURE_CLIENT_SECRET'] },
};
const tenantId = '11111111-2222-3333-4444-555555555555';
const clientId = '66666666-7777-8888-9999-000000000000';
const clientSecret = 'entra-secret-0123456789';
let server: Server;
let authority = '';
let asked: URLSearchParams[] = [];
let made = 0;

/** What Entra does: its endpoints, and a token for the right secret. */
beforeAll(async () => {
  server = createServer(certificate(), (req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const root = `${authority}/${tenantId}`;
      const answer = (status: number, body: object): void => {
        res.writeHead(status, { 'content-type': 'application/json' });
        res.end(JSON.stringify(body));
      };
      if (req.url?.includes('openid-configuration')) {
        answer(200, {
          issuer: `${root}/v2.0`,
          token_endpoint: `${root}/oauth2/v2.0/token`,
          authorization_endpoint: `${root}/oauth2/v2.0/authorize`,
          jwks_uri: `${root}/discovery/v2.0/keys`,
        });
        return;
      }
      const form = new URLSearchParams(Buffer.concat(chunks).toString());
      asked.push(form);
      if (form.get('client_secret') !== clientSecret) {
        const error_description = `AADSTS7000215: Invalid client secret provided for app '${clientId}'. Trace ID: 1`;
        answer(401, { error: 'invalid_client', error_description, error_codes: [7000215] });
        return;
      }
      made++;
      setTimeout(() => answer(200, { token_type: 'Bearer', expires_in: 3599, access_token: `entra-${made}` }), 30);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  authority = `https://localhost:${(server.address() as AddressInfo).port}`;
  // The library takes an authority by https only.
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
});
beforeEach(() => {
  asked = [];
});
afterAll(() => {
  delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
  server.close();
  server.closeAllConnections();
});

const settings = () => ({ tenantId, clientId, clientSecret, authority });

it('exchanges an application’s secret for a token, once, however many wait', async () => {
  const to = accountOf(auth, { settings: settings() });
  const all = await Promise.all(Array.from({ length: 10 }, () => entraToken({ ...to }, auth)));
  expect(new Set(all.map((one) => one['authorization']))).toEqual(new Set([`Bearer entra-${made}`]));
  await entraToken(to, auth);
  expect(asked.length).toBe(1);
  expect(Object.fromEntries(asked[0] ?? [])).toMatchObject({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    scope: auth.scope,
  });
});

it('says what Entra says, without the secret', async () => {
  const to = accountOf(auth, { settings: { ...settings(), clientSecret: 'wrong-secret-0123456789' } });
  const failure = await entraToken(to, auth).catch((thrown) => thrown);
  expect(failure).toMatchObject({
    kind: 'authentication',
    message: expect.stringContaining(`AADSTS7000215: Invalid client secret provided for app '${clientId}'`),
  });
  expect(failure.message).not.toMatch(/wrong-secret|Trace ID/);
});

it('says what is not set', async () => {
  const { tenantId: _tenant, ...others } = settings();
  await expect(entraToken(accountOf(auth, { settings: others }), auth)).rejects.toMatchObject({
    kind: 'authentication',
    message: 'no token for Pro Vider: set AZURE_TENANT_ID too',
  });
});

it('goes with a call of the proxy', async () => {
  const choices = [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }];
  const body = { id: 'c', object: 'chat.completion', created: 1, model: 'm', choices };
  const azure = await fakeUpstream({ body });
  const env = {
    AZURE_API_BASE: azure.url,
    AZURE_TENANT_ID: tenantId,
    AZURE_CLIENT_ID: clientId,
    AZURE_CLIENT_SECRET: clientSecret,
    AZURE_AUTHORITY_HOST: authority,
  };
  const proxy = await startProxy({ model: 'azure/my-gpt' }, env);
  try {
    const reply = await fetch(`${proxy.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer of-the-caller' },
      body: JSON.stringify({ model: 'x', messages: [{ role: 'user', content: 'Hello' }] }),
    });
    expect(reply.status).toBe(200);
    const { headers } = await azure.wait(1);
    expect(headers.authorization).toBe(`Bearer entra-${made}`);
    expect(headers['api-key']).toBeUndefined();
  } finally {
    await proxy.close();
    await azure.close();
  }
});
