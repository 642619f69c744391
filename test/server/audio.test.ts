import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type MediaVendor, reply, startMediaVendor } from '../clients/media-vendor.ts';
import { startProxy as startProxyByFlags } from '../clients/proxy.ts';
import {
  ask,
  configOf,
  deployment,
  type FakeProvider,
  json,
  raw,
  startProvider,
  startProxy,
  until,
  upstreamKey,
  type World,
} from './world.ts';

const MB = 2 ** 20;
const one = '/v1/audio/transcriptions';

let proxy: Pick<World, 'url' | 'entries' | 'close'>;
let provider: FakeProvider;
let vendor: MediaVendor;
beforeEach(async () => {
  provider = await startProvider();
  vendor = await startMediaVendor();
});
afterEach(async () => {
  await proxy.close();
  await provider.close();
  await vendor.close();
});

/** A form as SDKs write it: the file first. */
function form(
  file: Buffer,
  fields: Record<string, string>,
  boundary = 'b0undary',
  disposition = 'filename="a.wav"',
): Buffer {
  return Buffer.concat([
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="file"; ${disposition}\r\nContent-Type: audio/wav\r\n\r\n`,
      'latin1',
    ),
    file,
    ...Object.entries(fields).map(([name, value]) =>
      Buffer.from(`\r\n--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}`),
    ),
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
}

const typed = { 'content-type': 'multipart/form-data; boundary=b0undary' };

function send(body: Buffer, headers: Record<string, string> = typed, path = one) {
  return ask(`${proxy.url}${path}`, { body, headers });
}

/** Two groups of one provider: only the form says which. */
function groups(base: string): Promise<World> {
  const deployments = [
    deployment(base, { id: 'a', group: 'small', model: 'whisper-small' }),
    deployment(base, { id: 'b', group: 'large', model: 'whisper-large' }),
  ];
  return startProxy(configOf({ anyModel: false, deployments }));
}

describe('forms', () => {
  beforeEach(async () => {
    proxy = await startProxy(configOf({ deployments: [deployment(vendor.url)] }));
    vendor.answer = (_, res) => reply(res, { text: 'hello' });
  });

  const file = randomBytes(5000);
  const fine: [string, Buffer, string][] = [
    ['as SDKs write it', form(file, { model: 'whisper-1' }), 'multipart/form-data; boundary=b0undary'],
    [
      'a boundary in quotes, with blanks',
      form(file, { model: 'whisper-1' }, 'b o u'),
      'multipart/form-data; charset=utf-8; boundary="b o u"',
    ],
    [
      'odd letters in the boundary',
      form(file, { model: 'whisper-1' }, "-'()+_,./:=?"),
      `multipart/form-data; boundary="-'()+_,./:=?"`,
    ],
    [
      'words before and behind',
      Buffer.concat([Buffer.from('hi\r\n'), form(file, { model: 'whisper-1' }), Buffer.from('bye')]),
      typed['content-type'],
    ],
    ['upper case', form(file, { model: 'whisper-1' }), 'Multipart/Form-Data; Boundary=b0undary'],
    [
      'a file with the boundary nearly in it',
      form(Buffer.concat([Buffer.from('\r\n--b0undar\r\n--b0'), file]), { model: 'whisper-1' }),
      typed['content-type'],
    ],
    [
      'the model twice: neither gets through unchanged',
      form(file, { model: 'openai/whisper-1' }),
      typed['content-type'],
    ],
  ];
  test.each(fine)('%s', async (_, body, type) => {
    const { status, text } = await send(body, { 'content-type': type });
    expect([status, JSON.parse(text)]).toEqual([200, { text: 'hello' }]);
    const [seen] = vendor.seen;
    expect(seen?.fields).toEqual([['model', 'whisper-1']]);
    expect(seen?.files[0]?.bytes.subarray(-file.length).equals(file)).toBe(true);
    expect(seen?.headers.authorization).toBe(`Bearer ${upstreamKey}`);
  });

  const whole = form(file, { model: 'whisper-1' });
  const broken: [string, Buffer, string, number, string][] = [
    ['no boundary', whole, 'multipart/form-data', 400, 'boundary'],
    ['another boundary', whole, 'multipart/form-data; boundary=other', 400, 'no whole multipart form'],
    ['cut in the file', whole.subarray(0, 3000), typed['content-type'], 400, 'before its last boundary'],
    ['cut in the last boundary', whole.subarray(0, -6), typed['content-type'], 400, 'before its last boundary'],
    ['an empty body', Buffer.alloc(0), typed['content-type'], 400, 'before its last boundary'],
    [
      'line feeds only',
      Buffer.from(whole.toString('latin1').replaceAll('\r\n', '\n'), 'latin1'),
      typed['content-type'],
      400,
      'no whole multipart form',
    ],
    [
      'a part without a name',
      Buffer.from('--b0undary\r\nContent-Type: text/plain\r\n\r\nx\r\n--b0undary--\r\n'),
      typed['content-type'],
      400,
      'without a name',
    ],
    [
      'no file',
      Buffer.from('--b0undary\r\nContent-Disposition: form-data; name="model"\r\n\r\nx\r\n--b0undary--\r\n'),
      typed['content-type'],
      400,
      "'file'",
    ],
    ['JSON', Buffer.from('{"model":"whisper-1"}'), 'application/json', 415, 'multipart/form-data'],
    [
      'a host in a field',
      form(file, { model: 'x', api_base: 'http://h.test' }),
      typed['content-type'],
      400,
      "'api_base' is not allowed",
    ],
    ['an endless field', form(file, { model: 'x'.repeat(300_000) }), typed['content-type'], 400, "'model' is too long"],
    [
      'a thousand parts',
      form(file, Object.fromEntries(Array.from({ length: 1001 }, (_, at) => [`f${at}`, 'x']))),
      typed['content-type'],
      400,
      'more than 1000 parts',
    ],
  ];
  test.each(broken)('%s', async (_, body, type, status, words) => {
    const answer = await send(body, { 'content-type': type });
    expect([answer.status, JSON.parse(answer.text).error.message]).toEqual([status, expect.stringContaining(words)]);
    expect(vendor.seen).toEqual([]);
  });

  test('a compressed form is refused', async () => {
    const { status } = await send(whole, { ...typed, 'content-encoding': 'gzip' });
    expect(status).toBe(415);
  });

  test('what speaks to the proxy stays here', async () => {
    const fields = {
      model: 'whisper-1',
      language: 'de',
      'metadata[a]': 'b',
      tags: 'x',
      drop_params: 'true',
      'timestamp_granularities[]': 'word',
    };
    expect((await send(form(file, fields))).status).toBe(200);
    expect(vendor.seen[0]?.fields).toEqual([
      ['model', 'whisper-1'],
      ['language', 'de'],
      ['timestamp_granularities[]', 'word'],
    ]);
  });

  test.each([
    `/openai/deployments/whisper-1/audio/transcriptions?api-version=2024-10-21`,
    `/deployments/whisper-1/audio/transcriptions`,
    `/engines/whisper-1/audio/transcriptions`,
  ])('the model of the path counts and is put into the form: %s', async (path) => {
    expect((await send(form(file, {}), typed, path)).status).toBe(200);
    expect(vendor.seen[0]).toMatchObject({ path: '/audio/transcriptions', fields: [['model', 'whisper-1']] });
  });
});

test.each([
  ['RFC 5987', `filename="x.wav"; filename*=UTF-8''Gr%C3%BC%C3%9Fe.wav`],
  ['RFC 2047', 'filename="=?utf-8?B?R3LDvMOfZQ==?=.wav"'],
  ['latin1 bytes', 'filename="Gr\xfc\xdfe.wav"'],
  ['utf-8 bytes', `filename="${Buffer.from('Grüße ☂.wav').toString('latin1')}"`],
  ['escaped quotes', 'filename="a \\"b\\".wav"'],
])("a file's name keeps its bytes: %s", async (_, disposition) => {
  proxy = await startProxy(configOf({ deployments: [deployment(provider.origin)] }));
  let seen = '';
  provider.answer = (__, res, body) => {
    seen = body.toString('latin1');
    json(res, 200, { text: 'x' });
  };
  expect((await send(form(Buffer.from('RIFF'), { model: 'whisper-1' }, 'b0undary', disposition))).status).toBe(200);
  expect(seen).toContain(
    `\r\nContent-Disposition: form-data; name="file"; ${disposition}\r\nContent-Type: audio/wav\r\n\r\nRIFF\r\n`,
  );
});

describe('transcripts', () => {
  const file = Buffer.from('RIFF');
  test.each([
    ['nothing', 'json', '', 502],
    ['null', 'verbose_json', 'null', 502],
    ['half an object', 'json', '{"text":', 502],
    ['words where JSON was asked for', 'json', 'hello', 502],
    ['one JSON text', 'json', '"hello"', 200],
    ['words that are said to be JSON', 'text', 'hello', 200],
    ['silence', 'text', '', 200],
  ])('%s as %s', async (_, response_format, body, status) => {
    proxy = await startProxy(configOf({ deployments: [deployment(provider.origin)] }));
    provider.answer = (_, res) => res.writeHead(200, { 'content-type': 'application/json' }).end(body);
    const told = await send(form(file, { model: 'whisper-1', response_format }));
    expect(told.status).toBe(status);
    if (status === 200) expect(told.text).toBe(body);
    else expect(JSON.parse(told.text).error.message).toContain('unusable');
  });
});

describe('several groups', () => {
  test('the model stands behind a file of 6 MB', async () => {
    proxy = await groups(vendor.url);
    vendor.answer = (_, res) => reply(res, { text: 'hello' });
    const file = randomBytes(6 * MB);
    expect((await send(form(file, { model: 'large' }))).status).toBe(200);
    expect(vendor.seen[0]?.fields).toEqual([['model', 'whisper-large']]);
    expect(vendor.seen[0]?.files[0]?.bytes.equals(file)).toBe(true);
  });

  test('more than 25 MB before the model are too much', async () => {
    proxy = await groups(vendor.url);
    const answer = await send(form(Buffer.alloc(26 * MB), { model: 'large' }));
    expect([answer.status, JSON.parse(answer.text).error.message]).toEqual([413, expect.stringContaining('25 MB')]);
    expect(vendor.seen).toEqual([]);
  });

  test('a model that nobody has is told, and nothing is sent', async () => {
    proxy = await groups(vendor.url);
    const { status, text } = await send(form(Buffer.alloc(10), { model: 'other' }));
    expect(status).toBe(400);
    expect(text).toContain('Invalid model name passed in model=other');
    expect(vendor.seen).toEqual([]);
  });

  test('a short form is sent again when the first of a group fails', async () => {
    const deployments = ['a', 'b', 'c'].map((id) => deployment(vendor.url, { id, group: 'g', model: `m-${id}` }));
    proxy = await startProxy(configOf({ anyModel: false, deployments }));
    const file = randomBytes(3000);
    vendor.answer = (_, res) =>
      vendor.seen.length < 2 ? reply(res, { error: {} }, 500) : reply(res, { text: 'hello' });
    const { status, headers } = await send(form(file, { model: 'g' }));
    expect([status, headers['x-litellm-attempted-retries']]).toEqual([200, '1']);
    const models = vendor.seen.map(({ fields }) => fields[0]?.[1]);
    expect(new Set(models).size).toBe(2);
    for (const { files } of vendor.seen) expect(files[0]?.bytes.equals(file)).toBe(true);
  });
});

/** A provider that reads slowly or not at all, and counts. */
async function startReader(hear: (req: IncomingMessage, res: ServerResponse) => void) {
  const server = createServer(hear);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A form of so many bytes, sent as the socket takes them; resolves with the status. */
function pour(size: number, piece: Buffer, hash?: ReturnType<typeof createHash>) {
  const [head = '', tail = ''] = form(Buffer.from('\0'), { model: 'whisper-1' }).toString('latin1').split('\0');
  const length = head.length + size + tail.length;
  const req = request(`${proxy.url}${one}`, { method: 'POST', headers: { ...typed, 'content-length': length } });
  const status = new Promise<number>((resolve, reject) => {
    req.on('response', (res) => {
      res.resume();
      res.on('end', () => resolve(res.statusCode ?? 0));
    });
    req.on('error', reject);
  });
  let left = size;
  const write = (): void => {
    while (left > 0 && !req.destroyed) {
      const next = piece.subarray(0, Math.min(left, piece.length));
      hash?.update(next);
      left -= next.length;
      if (!req.write(next)) {
        req.once('drain', write);
        return;
      }
    }
    if (left === 0) req.end(tail, 'latin1');
  };
  req.write(head, 'latin1');
  write();
  return { req, status };
}

describe('--model', () => {
  const served = (model: string) => startProxyByFlags({ model, api_base: vendor.url }, { OPENAI_API_KEY: upstreamKey });
  const speak = (model: string) =>
    ask(`${proxy.url}/v1/audio/speech`, { body: JSON.stringify({ model, input: 'hi', voice: 'alloy' }), headers: {} });

  test('replaces the name where it is a model of that kind, and only there (DECISIONS.md 7)', async () => {
    proxy = await served('openai/tts-1');
    vendor.answer = ({ path }, res) =>
      path.endsWith('speech') ? reply(res, 'x', 200, 'audio/mpeg') : reply(res, { text: 'x' });
    await speak('gpt-4o-mini-tts');
    await send(form(Buffer.alloc(9), { model: 'openai/whisper-1' }));
    expect(vendor.seen[0]?.json['model']).toBe('tts-1');
    expect(vendor.seen[1]?.fields).toEqual([['model', 'whisper-1']]);
  });

  test.each([9, 9 * MB])(
    'replaces the name in a form with a file of %i bytes, and adds one where none is',
    async (size) => {
      proxy = await served('openai/whisper-1');
      vendor.answer = (_, res) => reply(res, { text: 'x' });
      for (const fields of [{ model: 'other' }, { language: 'de' }]) {
        expect((await send(form(Buffer.alloc(size), fields))).status).toBe(200);
      }
      expect(vendor.seen.map(({ fields }) => fields)).toEqual([
        [['model', 'whisper-1']],
        [
          ['language', 'de'],
          ['model', 'whisper-1'],
        ],
      ]);
    },
  );

  test('a name behind a long file loses its provider on the way, and is in the log', async () => {
    proxy = await served('openai/gpt-4o');
    vendor.answer = (_, res) => reply(res, { text: 'x' });
    expect((await send(form(Buffer.alloc(9 * MB), { model: 'openai/whisper-1' }))).status).toBe(200);
    expect(vendor.seen[0]?.fields).toEqual([['model', 'whisper-1']]);
    await until(() => proxy.entries.length === 1);
    expect(proxy.entries[0]?.model).toBe('openai/whisper-1');
  });
});

describe('long files', () => {
  test('100 MB pass in flat memory, byte for byte', async () => {
    const hash = createHash('sha256');
    let size = 0;
    let before: Buffer = Buffer.alloc(0);
    const reader = await startReader((req, res) => {
      req.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (before.length < 300) before = Buffer.concat([before, chunk.subarray(0, 300)]);
        hash.update(chunk);
      });
      req.on('end', () => json(res, 200, { text: 'hello' }));
    });
    proxy = await startProxy(configOf({ deployments: [deployment(reader.url)] }));
    const piece = randomBytes(64 * 1024);
    await pour(8 * MB, piece).status;
    globalThis.gc?.();
    const start = process.memoryUsage().rss;
    size = 0;
    let most = 0;
    const timer = setInterval(() => {
      most = Math.max(most, process.memoryUsage().rss - start);
    }, 20);
    const sent = createHash('sha256');
    expect(await pour(100 * MB, piece, sent).status).toBe(200);
    clearInterval(timer);
    reader.close();
    expect(size).toBeGreaterThan(100 * MB);
    expect(size).toBeLessThan(100 * MB + 1000);
    expect(most / MB).toBeLessThan(40);
  }, 60_000);

  test('a client that leaves in the middle ends the request upstream', async () => {
    let came = 0;
    let gone = 0;
    const reader = await startReader((req) => {
      req.on('data', (chunk: Buffer) => {
        came += chunk.length;
      });
      req.on('error', () => {});
      req.on('close', () => {
        gone = performance.now();
      });
    });
    proxy = await startProxy(configOf({ deployments: [deployment(reader.url)] }));
    const { req, status } = pour(400 * MB, randomBytes(64 * 1024));
    status.catch(() => {});
    await until(() => came > 6 * MB, 10_000);
    const left = performance.now();
    req.destroy();
    await until(() => gone > 0);
    reader.close();
    expect(gone - left).toBeLessThan(1000);
    await until(() => proxy.entries.length === 1);
    expect(proxy.entries[0]?.status).toBe(499);
  }, 20_000);

  test('a client that leaves a short form causes no request', async () => {
    proxy = await startProxy(configOf({ deployments: [deployment(provider.origin)] }));
    const req = request(`${proxy.url}${one}`, { method: 'POST', headers: { ...typed, 'content-length': 3 * MB } });
    req.on('error', () => {});
    req.write(form(Buffer.alloc(MB), { model: 'whisper-1' }).subarray(0, MB));
    await new Promise((resolve) => setTimeout(resolve, 300));
    req.destroy();
    await until(() => proxy.entries.length === 1);
    expect(proxy.entries[0]?.status).toBe(499);
    expect(provider.seen).toEqual([]);
  });

  test('what the provider says in the middle of an upload reaches the client', async () => {
    const reader = await startReader((_, res) => {
      const error = { message: 'no such key', type: 'invalid_request_error', param: null, code: 'invalid_api_key' };
      json(res, 401, { error }, { connection: 'close' });
    });
    proxy = await startProxy(configOf({ deployments: [deployment(reader.url)] }));
    const { status } = pour(50 * MB, Buffer.alloc(64 * 1024));
    const told = await status.catch((error: Error) => error.message);
    reader.close();
    await until(() => proxy.entries.length === 1);
    expect(proxy.entries[0]?.status).toBe(401);
    expect([401, 'read ECONNRESET', 'write EPIPE', 'write ECONNRESET', 'socket hang up']).toContain(told);
  });

  test('a form that turns out to be broken ends as a 400', async () => {
    const reader = await startReader((req) => {
      req.resume();
      req.on('error', () => {});
    });
    proxy = await startProxy(configOf({ deployments: [deployment(reader.url)] }));
    const body = form(Buffer.alloc(9 * MB), { model: 'whisper-1' }).subarray(0, -30);
    const { status, text } = await send(body);
    reader.close();
    expect([status, text]).toEqual([400, expect.stringContaining('before its last boundary')]);
  });
});

describe('speech', () => {
  const asked = {
    body: JSON.stringify({ model: 'tts-1', input: 'hi', voice: 'alloy' }),
    headers: { 'content-type': 'application/json' },
  };

  beforeEach(async () => {
    proxy = await startProxy(configOf({ deployments: [deployment(provider.origin, { timeoutMs: 400 })] }));
  });

  test('sound that breaks off is cut off, and not taken for whole', async () => {
    provider.answer = (_, res) => {
      res.writeHead(200, { 'content-type': 'audio/mpeg' });
      res.write(Buffer.alloc(1000), () => setTimeout(() => res.destroy(), 20));
    };
    await expect(ask(`${proxy.url}/v1/audio/speech`, asked)).rejects.toThrow(/aborted|hang up|ECONNRESET/);
    await until(() => proxy.entries.length === 1);
    expect(proxy.entries[0]?.error).toMatch(/connection|closed/);
  });

  test('a provider that says nothing is a time-out', async () => {
    provider.answer = () => {};
    expect((await ask(`${proxy.url}/v1/audio/speech`, asked)).status).toBe(408);
  });

  test('a page in place of sound is a bad gateway', async () => {
    provider.answer = (_, res) => {
      res.writeHead(200, { 'content-type': 'text/html' });
      res.end('<html>');
    };
    expect((await ask(`${proxy.url}/v1/audio/speech`, asked)).status).toBe(502);
  });

  test('a client that does not read stops the provider', async () => {
    let written = 0;
    provider.answer = (_, res) => {
      res.writeHead(200, { 'content-type': 'audio/mpeg' });
      const piece = Buffer.alloc(64 * 1024);
      const write = (): void => {
        written += piece.length;
        if (written > 60 * MB) res.end();
        else if (res.write(piece)) setImmediate(write);
        else res.once('drain', write);
      };
      write();
    };
    const req = request(`${proxy.url}/v1/audio/speech`, { method: 'POST', headers: asked.headers });
    req.on('error', () => {});
    req.on('response', (res) => res.pause());
    req.end(asked.body);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(written).toBeLessThan(30 * MB);
    req.destroy();
    await until(() => provider.aborted === 1);
  });

  test('a client that leaves ends the request in 200 ms', async () => {
    provider.answer = (_, res) => {
      res.writeHead(200, { 'content-type': 'audio/mpeg' });
      res.write('x');
    };
    const req = request(`${proxy.url}/v1/audio/speech`, { method: 'POST', headers: asked.headers });
    req.on('error', () => {});
    req.on('response', () => req.destroy());
    req.end(asked.body);
    await until(() => provider.aborted === 1, 300);
  });

  test('events of sound pass, and one that breaks off ends with an error in words', async () => {
    provider.answer = (_, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.write('data: {"type":"speech.audio.delta","audio":"AA=="}\n\n', () => setTimeout(() => res.destroy(), 20));
    };
    const { text } = await ask(`${proxy.url}/v1/audio/speech`, asked);
    expect(text).toMatch(
      /^data: \{"type":"speech.audio.delta","audio":"AA=="\}\n\nevent: error\ndata: \{"error":\{"message":"litellm/,
    );
  });

  test('an error in place of the first event is an HTTP error', async () => {
    provider.answer = (_, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.end('event: error\ndata: {"error":{"message":"overloaded","type":"server_error","code":null}}\n\n');
    };
    const { status, text } = await ask(`${proxy.url}/v1/audio/speech`, asked);
    expect([status, text]).toEqual([500, expect.stringContaining('overloaded')]);
  });
});

test('a form after 100-continue', async () => {
  proxy = await startProxy(configOf({ deployments: [deployment(vendor.url)] }));
  vendor.answer = (_, res) => reply(res, { text: 'hello' });
  const body = form(Buffer.from('RIFF'), { model: 'whisper-1' });
  const head = `POST ${one} HTTP/1.1\r\nhost: localhost\r\ncontent-type: ${typed['content-type']}\r\ncontent-length: ${body.length}\r\nexpect: 100-continue\r\nconnection: close\r\n\r\n`;
  const text = await raw(Number(new URL(proxy.url).port), Buffer.concat([Buffer.from(head), body]));
  expect(text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/);
});
