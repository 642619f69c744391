import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as a provider of media saw it; forms are read by Node's own parser. */
interface MediaSeen {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  json: Record<string, unknown>;
  fields: [string, string][];
  files: { field: string; name: string; type: string; bytes: Buffer }[];
}

export interface MediaVendor {
  url: string;
  seen: MediaSeen[];
  answer: (seen: MediaSeen, res: ServerResponse, req: IncomingMessage) => void;
  close(): Promise<void>;
}

/** A provider that keeps what it was sent and answers as told. */
export async function startMediaVendor(): Promise<MediaVendor> {
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('error', () => {});
    req.on('end', async () => {
      const one = await read(req, Buffer.concat(chunks));
      vendor.seen.push(one);
      vendor.answer(one, res, req);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const vendor: MediaVendor = {
    url: `http://127.0.0.1:${port}`,
    seen: [],
    answer: (_, res) => reply(res, { data: [] }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return vendor;
}

async function read(req: IncomingMessage, body: Buffer): Promise<MediaSeen> {
  const type = req.headers['content-type'] ?? '';
  const seen: MediaSeen = {
    method: req.method ?? '',
    path: req.url ?? '',
    headers: req.headers,
    json: {},
    fields: [],
    files: [],
  };
  if (!type.startsWith('multipart/')) {
    if (body.length > 0) seen.json = JSON.parse(body.toString());
    return seen;
  }
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData();
  for (const [field, value] of form.entries()) {
    if (typeof value === 'string') seen.fields.push([field, value]);
    else {
      const bytes = Buffer.from(await value.arrayBuffer());
      seen.files.push({ field, name: value.name, type: value.type, bytes });
    }
  }
  return seen;
}

export function reply(res: ServerResponse, body: unknown, status = 200, type = 'application/json'): void {
  res.writeHead(status, { 'content-type': type });
  res.end(typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body));
}
