import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Busboy, type BusboyFileStream } from '@fastify/busboy';
import type { JsonObject } from '../../src/hub/index.ts';

/** A request as the platform saw it. */
interface Seen {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: JsonObject;
  /** Of a form: fields, and what its file was. */
  fields: Record<string, string>;
  file?: { field: string; name: string; type: string; size: number; sha: string; bytes: Buffer };
}

/** OpenAI's platform: keeps what it is given, in memory, and is strict where OpenAI is. */
export interface Platform {
  url: string;
  seen: Seen[];
  /** Requests that ended before they were whole. */
  broken: number;
  close(): Promise<void>;
}

type Thing = JsonObject & { id: string };

const formFields = new Set(['purpose', 'expires_after[anchor]', 'expires_after[seconds]', 'file_id']);
const roots = 'files|uploads|batches|fine_tuning|assistants|threads|vector_stores|containers|evals|realtime';
const prefixes: Readonly<Record<string, string>> = {
  files: 'file-',
  uploads: 'upload_',
  parts: 'part_',
  batches: 'batch_',
  jobs: 'ftjob-',
  assistants: 'asst_',
  threads: 'thread_',
  messages: 'msg_',
  runs: 'run_',
  vector_stores: 'vs_',
  file_batches: 'vsfb_',
  containers: 'cntr_',
  evals: 'eval_',
};
const objects: Readonly<Record<string, string>> = {
  files: 'file',
  uploads: 'upload',
  parts: 'upload.part',
  batches: 'batch',
  jobs: 'fine_tuning.job',
  assistants: 'assistant',
  threads: 'thread',
  messages: 'thread.message',
  runs: 'thread.run',
  vector_stores: 'vector_store',
  file_batches: 'vector_store.file_batch',
  containers: 'container',
  evals: 'eval',
};

/** `azure`: below /openai with a version and `api-key`; `name`: begins every id. */
export async function startPlatform(key: string, name = '', azure = false): Promise<Platform> {
  const seen: Seen[] = [];
  const things = new Map<string, Map<string, Thing>>();
  const contents = new Map<string, Buffer>();
  let count = 0;
  const shelf = (at: string): Map<string, Thing> => {
    const known = things.get(at) ?? new Map<string, Thing>();
    things.set(at, known);
    return known;
  };
  const make = (at: string, body: JsonObject): Thing => {
    const kind = at.split('/').at(-1) ?? '';
    const id = `${prefixes[kind] ?? 'x_'}${name}${++count}`;
    const thing = { id, object: objects[kind] ?? kind, created_at: 1700000000 + count, status: 'queued', ...body };
    shelf(at).set(id, thing);
    return thing;
  };
  const answer = (one: Seen, res: ServerResponse): void => {
    const base = azure ? '/openai/' : '/v1/';
    if (!one.path.startsWith(base) || (azure && !one.query.has('api-version'))) {
      refuse(res, 404, `no ${one.path}`);
      return;
    }
    const given = azure ? one.headers['api-key'] : one.headers.authorization?.replace(/^Bearer /, '');
    if (given !== key) {
      refuse(res, 401, `Incorrect API key provided: ${given}`, 'invalid_api_key');
      return;
    }
    const parts = one.path.slice(base.length).split('/');
    if (!new RegExp(`^(?:${roots})$`).test(parts[0] ?? '')) {
      refuse(res, 404, 'Unknown request URL');
      return;
    }
    if (/^(?:assistants|threads)$/.test(parts[0] ?? '') && one.headers['openai-beta'] !== 'assistants=v2') {
      refuse(res, 400, "You must provide the 'OpenAI-Beta' header");
      return;
    }
    const foreign = Object.keys(one.fields).find((field) => !formFields.has(field));
    if (foreign !== undefined) {
      refuse(res, 400, `Unrecognized field: ${foreign}`);
      return;
    }
    if (parts[0] === 'realtime') {
      json(res, { value: 'ek_1', session: one.body['session'] ?? one.body });
      return;
    }
    act(one, parts[0] === 'fine_tuning' ? parts.slice(1) : parts, res);
  };
  const act = (one: Seen, parts: string[], res: ServerResponse): void => {
    const last = parts.at(-1) ?? '';
    const parent = shelf(parts.slice(0, -2).join('/')).get(parts.at(-2) ?? '');
    if (last === 'content') {
      const bytes = contents.get(parts.at(-2) ?? '');
      if (bytes === undefined) {
        refuse(res, 404, 'No such File object');
        return;
      }
      res.writeHead(200, {
        'content-type': 'application/octet-stream',
        'content-length': bytes.length,
        'content-disposition': 'attachment; filename="out.jsonl"',
        'set-cookie': 'a=b',
      });
      res.end(bytes);
    } else if (parts.join('/') === 'threads/runs') {
      run(one, ['threads', make('threads', {}).id, 'runs'], res);
    } else if (parts.length % 2 === 1 && !verbs.has(last)) {
      if (one.method === 'POST') create(one, parts.join('/'), res);
      else list(one, [...shelf(parts.join('/')).values()], res);
    } else if (verbs.has(last)) {
      if (last === 'runs' || last === 'submit_tool_outputs') {
        run(one, parts, res);
        return;
      }
      if (parent === undefined) {
        refuse(res, 404, `No such ${parts.at(-2)}`);
        return;
      }
      if (last === 'events' || last === 'checkpoints') {
        list(one, [{ id: 'ftevent-1', object: 'fine_tuning.job.event' }], res);
        return;
      }
      if (last === 'search') {
        list(one, [{ id: 'r1', score: 0.9 }], res);
        return;
      }
      parent['status'] =
        { cancel: 'cancelled', pause: 'paused', resume: 'running', complete: 'completed' }[last] ?? last;
      json(res, parent);
    } else {
      const all = shelf(parts.slice(0, -1).join('/'));
      const thing = all.get(last);
      if (thing === undefined) {
        refuse(res, 404, `No such object: ${last}`);
        return;
      }
      if (one.method === 'DELETE') {
        all.delete(last);
        json(res, { id: last, object: `${thing['object']}.deleted`, deleted: true });
        return;
      }
      if (one.method === 'POST') Object.assign(thing, one.body);
      json(res, thing);
    }
  };
  const create = (one: Seen, at: string, res: ServerResponse): void => {
    const { file } = one;
    const thing = make(at, file === undefined ? one.body : { filename: file.name, bytes: file.size, ...one.fields });
    if (file !== undefined) contents.set(thing.id, file.bytes);
    if (/\/file_batches$|\/files$/.test(at)) thing['status'] = 'completed';
    json(res, thing);
  };
  const run = (one: Seen, parts: string[], res: ServerResponse): void => {
    const at = parts.slice(0, 3).join('/');
    if (one.method === 'GET') {
      list(one, [...shelf(at).values()], res);
      return;
    }
    const known = shelf(at).get(parts[3] ?? '');
    const made = known ?? make(at, { thread_id: parts[1] ?? '', assistant_id: 'asst_1', ...one.body });
    if (one.body['stream'] !== true) {
      json(res, made);
      return;
    }
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const [event, data] of told(made, known !== undefined)) {
      res.write(`event: ${event}\ndata: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`);
    }
    res.end();
  };
  const server = createServer((req, res) => {
    read(req).then(
      (one) => {
        seen.push(one);
        answer(one, res);
      },
      () => {
        platform.broken++;
        res.destroy();
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const platform: Platform = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    broken: 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return platform;
}

const verbs = new Set('cancel|pause|resume|complete|events|checkpoints|search|runs|submit_tool_outputs'.split('|'));

/** A run that speaks, after it has called a tool and got an answer. */
function told(run: Thing, answered: boolean): [string, JsonObject | string][] {
  const usage = { prompt_tokens: 12, completion_tokens: 5, total_tokens: 17 };
  const message = { id: 'msg_9', object: 'thread.message', content: [], role: 'assistant' };
  const piece = (text: string): JsonObject => ({
    id: 'msg_9',
    object: 'thread.message.delta',
    delta: { content: [{ index: 0, type: 'text', text: { value: text, annotations: [] } }] },
  });
  const call = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{}' } };
  if (run['tools'] !== undefined && !answered) {
    const action = { type: 'submit_tool_outputs', submit_tool_outputs: { tool_calls: [call] } };
    return [
      ['thread.run.created', run],
      ['thread.run.requires_action', { ...run, status: 'requires_action', required_action: action }],
      ['done', '[DONE]'],
    ];
  }
  return [
    ['thread.run.created', run],
    ['thread.message.created', message],
    ['thread.message.delta', piece('Hello ')],
    ['thread.message.delta', piece('there')],
    [
      'thread.message.completed',
      { ...message, content: [{ type: 'text', text: { value: 'Hello there', annotations: [] } }] },
    ],
    ['thread.run.completed', { ...run, status: 'completed', usage }],
    ['done', '[DONE]'],
  ];
}

async function read(req: IncomingMessage): Promise<Seen> {
  const [path = '', text] = (req.url ?? '').split('?', 2);
  const one: Seen = {
    method: req.method ?? '',
    path,
    query: new URLSearchParams(text),
    headers: req.headers,
    body: {},
    fields: {},
  };
  if (/^multipart\//.test(req.headers['content-type'] ?? '')) {
    await readForm(req, one);
    return one;
  }
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString();
  if (body !== '') one.body = JSON.parse(body);
  return one;
}

function readForm(req: IncomingMessage, one: Seen): Promise<void> {
  return new Promise((resolve, reject) => {
    const form = new Busboy({ headers: { ...req.headers, 'content-type': req.headers['content-type'] ?? '' } });
    form.on('field', (name: string, value: string) => {
      one.fields[name] = value;
    });
    form.on('file', (field: string, stream: BusboyFileStream, name: string, _: string, type: string) => {
      const hash = createHash('sha256');
      const kept: Buffer[] = [];
      let size = 0;
      stream.on('data', (piece: Buffer) => {
        hash.update(piece);
        size += piece.length;
        if (size < 2 ** 20) kept.push(piece);
      });
      stream.on('end', () => {
        one.file = { field, name, type, size, sha: hash.digest('hex'), bytes: Buffer.concat(kept) };
      });
    });
    form.on('finish', resolve);
    form.on('error', reject);
    req.on('aborted', reject);
    req.pipe(form);
  });
}

function list({ query }: Seen, all: readonly JsonObject[], res: ServerResponse): void {
  const limit = Number(query.get('limit') ?? 20);
  const from = all.findIndex(({ id }) => id === query.get('after')) + 1;
  const data = all.slice(from, from + limit);
  const more = from + limit < all.length;
  json(res, {
    object: 'list',
    data: [...data],
    first_id: data[0]?.['id'] ?? null,
    last_id: data.at(-1)?.['id'] ?? null,
    has_more: more,
  });
}

function json(res: ServerResponse, body: JsonObject): void {
  res.writeHead(200, {
    'content-type': 'application/json',
    'x-request-id': 'req_up',
    'openai-processing-ms': '7',
    'set-cookie': 'a=b',
  });
  res.end(JSON.stringify(body));
}

function refuse(res: ServerResponse, status: number, message: string, code: string | null = null): void {
  res.writeHead(status, { 'content-type': 'application/json' });
  res.end(JSON.stringify({ error: { message, type: 'invalid_request_error', param: null, code } }));
}
