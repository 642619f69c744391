import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Auth } from '../../src/hub/index.ts';
import { createUpstream, type Upstream } from '../../src/upstream/index.ts';
import { exchangedToken } from '../../src/upstream/token-exchange.ts';
import { type FakeUpstream, fakeUpstream } from '../fake-upstream.ts';
import { accountOf } from './accounts.ts';

type Exchange = Extract<Auth, { kind: 'exchange' }>;

const key = 'ibm-key-0123456789';
const clientSecret = 'dose0123456789abcdef';
let service: FakeUpstream;
let upstream: Upstream;

beforeAll(async () => {
  service = await fakeUpstream();
});
afterAll(() => service.close());
afterEach(async () => {
  vi.useRealTimers();
  await upstream.close();
});

function byKey(): Exchange {
  upstream = createUpstream();
  return {
    kind: 'exchange',
    env: ['A_KEY'],
    url: '{iamUrl}',
    form: { grant_type: 'urn:ibm:params:oauth:grant-type:apikey', apikey: '{key}' },
  };
}
const iam = () => accountOf(byKey(), { places: { iamUrl: `${service.url}/identity/token` } });

function ask(to = iam(), auth = to.auth, given: string | undefined = key): Promise<Record<string, string>> {
  if (auth?.kind !== 'exchange') throw new Error('not an exchange');
  return exchangedToken(to, auth, given, upstream);
}

const token = (text: string, seconds?: unknown) => ({
  body: { access_token: text, token_type: 'Bearer', ...(seconds === undefined ? {} : { expires_in: seconds }) },
});

describe('what is posted', () => {
  it('a key as a form', async () => {
    service.will(token('t1', 3600));
    const before = service.received.length;
    expect(await ask()).toEqual({ authorization: 'Bearer t1' });
    const { method, url, headers, body } = await service.wait(before + 1);
    expect({ method, url }).toEqual({ method: 'POST', url: '/identity/token' });
    expect(headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(headers.authorization).toBeUndefined();
    expect(Object.fromEntries(new URLSearchParams(body.toString()))).toEqual({
      grant_type: 'urn:ibm:params:oauth:grant-type:apikey',
      apikey: key,
    });
  });

  it('a client’s id and secret as user and password, to the origin of the base URL', async () => {
    upstream = createUpstream();
    const auth: Exchange = {
      kind: 'exchange',
      env: [],
      url: '{origin}/oidc/v1/token',
      form: { grant_type: 'client_credentials', scope: 'all-apis' },
      basic: '{clientId}:{clientSecret}',
    };
    service.will(token('t2', 3600));
    const to = accountOf(auth, { origin: service.url, settings: { clientId: 'me', clientSecret: 'a&b=c{key}' } });
    const before = service.received.length;
    expect(await ask(to, auth, undefined)).toEqual({ authorization: 'Bearer t2' });
    const { url, headers, body } = await service.wait(before + 1);
    expect(url).toBe('/oidc/v1/token');
    expect(headers.authorization).toBe(`Basic ${Buffer.from('me:a&b=c{key}').toString('base64')}`);
    expect(body.toString()).toBe('grant_type=client_credentials&scope=all-apis');
  });
});

describe('a token is kept', () => {
  it.each<[string, unknown, number, number]>([
    ['until a minute before its end', 3600, 3539, 1],
    ['no longer', 3600, 3541, 2],
    ['as a number in a text', '600', 500, 1],
    ['for some minutes when nobody says how long', undefined, 200, 1],
    ['not at all when it ends within a minute', 30, 0, 2],
  ])('%s', async (_, seconds, later, requests) => {
    vi.useFakeTimers({ toFake: ['Date'] });
    service.will(token('kept', seconds));
    const to = iam();
    const before = service.received.length;
    await ask(to);
    vi.setSystemTime(Date.now() + later * 1000);
    expect(await ask(to)).toEqual({ authorization: 'Bearer kept' });
    expect(service.received.length - before).toBe(requests);
  });

  it('and asked for once, however many wait', async () => {
    service.will({ ...token('shared', 3600), delayMs: 50 });
    const to = iam();
    const before = service.received.length;
    const all = await Promise.all(Array.from({ length: 20 }, () => ask({ ...to })));
    expect(new Set(all.map((one) => one['authorization']))).toEqual(new Set(['Bearer shared']));
    expect(service.received.length - before).toBe(1);
  });

  it('for the key it was made for', async () => {
    service.will(token('one', 3600), token('two', 3600));
    const to = iam();
    expect(await ask(to)).toEqual({ authorization: 'Bearer one' });
    expect(await ask(to, to.auth, 'another-0123456789')).toEqual({ authorization: 'Bearer two' });
  });
});

describe('a refusal', () => {
  it.each<[string, object, string, string]>([
    [
      'in IBM’s words',
      { status: 400, body: { errorCode: 'BXNIM0415E', errorMessage: `Provided API key ${key} could not be found.` } },
      'authentication',
      '400 Provided API key ****',
    ],
    [
      'in OAuth’s words',
      { status: 401, body: { error: 'invalid_client', error_description: `no client ${clientSecret}` } },
      'authentication',
      '401 no client ****',
    ],
    ['without words', { status: 403, body: 'Forbidden' }, 'authentication', '403 Forbidden'],
    ['by HTML', { status: 200, body: '<html>' }, 'authentication', 'without an access_token'],
    [
      'by a token that is no header',
      { body: { access_token: 'a\r\nb: c' } },
      'authentication',
      'without an access_token',
    ],
    ['of nothing', { status: 200, body: 'null' }, 'authentication', 'without an access_token'],
    ['for a while', { status: 503, body: { message: 'down' } }, 'overloaded', '503 down'],
    ['for asking too often', { status: 429, body: {} }, 'rate-limit', '429'],
    ['by a dead socket', { headless: true, end: 'cut' }, 'connection', 'closed the connection'],
  ])('%s', async (_, reply, kind, text) => {
    service.will(reply);
    const to = { ...iam(), settings: { clientSecret } };
    const failure = await ask(to).catch((thrown) => thrown);
    expect(failure).toMatchObject({ kind, message: expect.stringContaining(text) });
    expect(JSON.stringify([failure.message, failure.facts])).not.toMatch(new RegExp(`${key}|${clientSecret}`));
    service.will(token('after', 3600));
    expect(await ask(to)).toEqual({ authorization: 'Bearer after' });
  });

  it('of a service that says nothing comes by the time-out', async () => {
    service.will({ headless: true, end: 'stall' });
    const to = { ...iam(), timeoutMs: 100 };
    await expect(ask(to)).rejects.toMatchObject({ kind: 'timeout' });
  });

  it('of one’s own, when something is not set, names it', async () => {
    const auth: Exchange = { ...byKey(), settings: { clientId: ['B_ID'] }, basic: '{clientId}:x' };
    const to = accountOf(auth, { places: { iamUrl: service.url } });
    const before = service.received.length;
    await expect(ask(to, auth)).rejects.toMatchObject({
      kind: 'authentication',
      message: 'Pro Vider needs a token: set A_KEY, B_ID',
    });
    expect(service.received.length).toBe(before);
  });
});
