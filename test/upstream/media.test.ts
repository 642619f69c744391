import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProxyError } from '../../src/hub/index.ts';
import { createMedia } from '../../src/upstream/index.ts';
import { isPrivateAddress } from '../../src/upstream/private-address.ts';

let atOnce = 0;
let most = 0;
const pixel = Buffer.from('iVBORw0KGgo=', 'base64');
const answers: Record<string, (res: ServerResponse) => void> = {
  '/pixel.png': (res) => res.writeHead(200, { 'content-type': 'image/png; q=1' }).end(pixel),
  '/untyped.webp': (res) => res.writeHead(200, { 'content-type': 'binary/octet-stream' }).end(pixel),
  '/moved': (res) => res.writeHead(302, { location: '/pixel.png' }).end(),
  '/loop': (res) => res.writeHead(302, { location: '/loop' }).end(),
  '/to-file': (res) => res.writeHead(302, { location: 'file:///etc/hostname' }).end(),
  '/large': (res) => res.writeHead(200, { 'content-type': 'image/png' }).end(Buffer.alloc(5000)),
  '/gone': (res) => res.writeHead(404).end('no'),
  '/half': (res) => res.writeHead(200, { 'content-type': 'image/png' }).end(Buffer.alloc(3000)),
  '/slow.png': (res) => {
    atOnce++;
    most = Math.max(most, atOnce);
    setTimeout(() => {
      atOnce--;
      res.writeHead(200).end(pixel);
    }, 10);
  },
  '/silent': () => {},
};

let origin = '';
const server = createServer((req, res) => answers[new URL(req.url ?? '/', 'http://x').pathname]?.(res));
beforeAll(
  () =>
    new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
        resolve();
      });
    }),
);
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const open = createMedia({ privateHosts: true, most: 4096, timeoutMs: 1500 });

describe('links', () => {
  it.each([
    ['/pixel.png', 'image/png'],
    ['/untyped.webp', 'image/webp'],
    ['/moved', 'image/png'],
  ])('%s', async (path, mime) => {
    const link = `${origin}${path}`;
    expect((await open.gather([link])).get(link)).toEqual({ mime, data: pixel.toString('base64') });
  });

  it.each([
    ['/loop', 'redirects too often'],
    ['/to-file', 'not an http(s) URL'],
    ['/large', 'larger than'],
    ['/gone', 'answered 404'],
    ['/silent', 'took too long'],
  ])('%s: %s', async (path, reason) => {
    const failed = open.gather([`${origin}${path}?sig=secret`]);
    await expect(failed).rejects.toMatchObject({ kind: 'invalid-request' });
    await expect(failed).rejects.toThrow(`${origin}${path} could not be fetched for the provider`);
    await expect(failed).rejects.toThrow(reason);
    await expect(failed).rejects.not.toThrow('secret');
  });

  it('of one call are fetched a few at a time, and are not too large together', async () => {
    const links = Array.from({ length: 30 }, (_, at) => `${origin}/slow.png?${at}`);
    expect((await open.gather(links)).size).toBe(30);
    expect(most).toBeLessThanOrEqual(8);
    const small = createMedia({ privateHosts: true, most: 4096, together: 8000 });
    const large = small.gather([1, 2, 3].map((at) => `${origin}/half?${at}`));
    await expect(large).rejects.toThrow('the linked files together are larger than');
  });

  it('end with the call', async () => {
    const gone = new ProxyError('cancelled', 'the client left');
    const fetching = open.gather([`${origin}/silent`], { onEnd: (told) => setTimeout(() => told(gone), 20) });
    await expect(fetching).rejects.toBe(gone);
  });

  it.each(['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '2130706433', '0x7f.1', '169.254.169.254'])(
    'to %s are refused unless allowed',
    async (host) => {
      const port = new URL(origin).port;
      const closed = createMedia({ timeoutMs: 2000 });
      await expect(closed.gather([`http://${host}:${port}/pixel.png`])).rejects.toThrow('private address');
    },
  );
});

describe('private addresses', () => {
  it.each([
    '10.1.2.3',
    '172.31.0.1',
    '192.168.1.1',
    '100.64.0.1',
    '0.0.0.0',
    '255.255.255.255',
    '::1',
    '::',
    'fe80::1%eth0',
  ])('%s', (address) => expect(isPrivateAddress(address)).toBe(true));
  it.each(['fd00::1', '64:ff9b::7f00:1', '::ffff:10.0.0.1', '::7f00:1', 'ff02::1'])('%s', (address) =>
    expect(isPrivateAddress(address)).toBe(true),
  );
  it.each(['1.1.1.1', '8.8.8.8', '172.32.0.1', '192.167.0.1', '2606:4700:4700::1111', '::ffff:8.8.8.8'])(
    '%s is public',
    (address) => expect(isPrivateAddress(address)).toBe(false),
  );
});
