import type { JsonObject, Operation } from '../hub/index.ts';
import { type Route, routes } from './routes.ts';

/** One method of one path, as it is told to people and to generators of clients. */
export interface ApiEntry {
  /** Upper case; `*`: every method. */
  method: string;
  /** `/v1/models/{id}`. */
  path: string;
  group: string;
  title: string;
  /** An example of a body; absent: none is sent. */
  body?: JsonObject;
  /** The body is a form with files. */
  form?: true;
  /** The answer may come as a stream. */
  streams?: true;
}

/** What a row of the route table does: its name, and an example of what it is asked. */
interface Doing {
  title: string;
  body?: JsonObject;
  form?: true;
  streams?: true;
}

const model = 'gpt-4o';
const messages = [{ role: 'user', content: 'Hello' }];
const contents = [{ role: 'user', parts: [{ text: 'Hello' }] }];

const chats: Readonly<Record<Route['dialect'], Doing>> = {
  'openai-chat': { title: 'Chat completions', body: { model, messages }, streams: true },
  'openai-completions': { title: 'Completions of a text', body: { model, prompt: 'Hello' }, streams: true },
  'openai-responses': { title: 'Responses', body: { model, input: 'Hello' }, streams: true },
  'anthropic-messages': { title: 'Messages', body: { model, max_tokens: 100, messages }, streams: true },
  gemini: { title: 'Generate content', body: { contents }, streams: true },
  ollama: { title: 'Chat', body: { model, messages }, streams: true },
};

const doings: Readonly<Record<Exclude<Operation, 'chat'>, Doing>> = {
  embeddings: { title: 'Vectors of texts', body: { model, input: 'Hello' } },
  'count-tokens': { title: 'Count the tokens of a request', body: { model, messages } },
  compact: { title: 'A conversation made shorter', body: { model, input: 'Hello' } },
  'stored-responses': { title: 'An answer that was stored' },
  models: { title: 'Models that are served' },
  images: { title: 'Make images', body: { model, prompt: 'A harbour' } },
  speech: { title: 'Speak a text', body: { model, input: 'Hello', voice: 'alloy' } },
  moderations: { title: 'Judge texts', body: { input: 'Hello' } },
  rerank: {
    title: 'Sort documents by a question',
    body: { model, query: 'ports', documents: ['a harbour', 'a hill'] },
  },
  'image-edits': { title: 'Change an image', body: { model, image: '@picture.png', prompt: 'At night' }, form: true },
  'image-variations': { title: 'Variations of an image', body: { model, image: '@picture.png' }, form: true },
  transcription: { title: 'Write down what is said', body: { model, file: '@speech.mp3' }, form: true },
  translation: { title: 'Write down in English what is said', body: { model, file: '@speech.mp3' }, form: true },
  files: { title: 'Files at the provider' },
  uploads: { title: 'Uploads in parts' },
  batches: { title: 'Batches of requests' },
  'fine-tuning': { title: 'Fine-tuning' },
  assistants: { title: 'Assistants' },
  threads: { title: 'Threads and runs' },
  'vector-stores': { title: 'Vector stores' },
  containers: { title: 'Containers' },
  evals: { title: 'Evaluations' },
  realtime: { title: 'Realtime, by WebSocket' },
};

const groups: Readonly<Record<Route['dialect'], string>> = {
  'openai-chat': 'OpenAI',
  'openai-completions': 'OpenAI',
  'openai-responses': 'OpenAI',
  'anthropic-messages': 'Anthropic',
  gemini: 'Google',
  ollama: 'Ollama',
};

/** What is no row of the table, by the beginning of its path; the first that fits. */
const others: readonly [begins: RegExp, group: string, title: string][] = [
  [/^\/health\/liv/, 'Server', 'Whether the process answers; needs no key'],
  [/^\/health\/readiness/, 'Server', 'Whether the server can serve; needs no key'],
  [/^\/health/, 'Server', 'Asks each model for a word, and says which answer'],
  [/^\/utils\/supported/, 'Server', 'Parameters that a model takes: ?model='],
  [/^\/utils\/token/, 'Server', 'Counts tokens'],
  [/^(?:\/v\d)?\/model(?:_group)?\/info/, 'Server', 'Models and what they can do'],
  [/^\/cache\//, 'Server', 'The cache of answers'],
  [/^\/routes/, 'Server', 'Paths and methods'],
  [/^\/openapi\.json/, 'Server', 'This description'],
  [/^\/(?:docs|redoc)$/, 'Server', 'This page'],
  [/^\/$/, 'Server', 'What is here'],
  [/^\/api\//, 'Ollama', 'As Ollama answers it'],
  [/\/realtime/, 'OpenAI', doings.realtime.title],
  [/\/files/, 'OpenAI', doings.files.title],
  [/\/uploads/, 'OpenAI', doings.uploads.title],
  [/\/batches/, 'OpenAI', doings.batches.title],
  [/\/fine_tuning/, 'OpenAI', doings['fine-tuning'].title],
  [/\/assistants/, 'OpenAI', doings.assistants.title],
  [/\/threads/, 'OpenAI', doings.threads.title],
  [/\/vector_stores/, 'OpenAI', doings['vector-stores'].title],
  [/\/containers/, 'OpenAI', doings.containers.title],
  [/\/evals/, 'OpenAI', doings.evals.title],
];

/** A row's path as people write it: `/v1/models/{id}`. */
export function written(path: string): string {
  return path.replace(/(?<!\\)[*:](\w+)/g, '{$1}').replace('\\:', ':');
}

/** By method and path: the rows of the table. */
const rows: ReadonlyMap<string, Route> = new Map(
  routes.flatMap((row) =>
    row.paths.map((path): [string, Route] => [`${row.method.toUpperCase()} ${written(path)}`, row]),
  ),
);

/** What lines such as `GET /health` and `* /groq/` stand for, each once. */
export function apiOf(lines: readonly string[]): ApiEntry[] {
  return [...new Set(lines)].map((line) => {
    const [method = '', path = ''] = line.split(' ');
    const row = rows.get(line);
    if (row !== undefined) return { method, path, group: groups[row.dialect], ...doingOf(row) };
    if (method === '*') return passed(path);
    const [, group, title] = others.find(([begins]) => begins.test(path)) ?? ['', 'Server', path];
    return { method, path, group, title };
  });
}

/** A mount or a route of the user's own; with a last slash: all that is below it. */
function passed(path: string): ApiEntry {
  const group = 'Pass-through';
  return path.endsWith('/')
    ? { method: '*', path: `${path}{path}`, group, title: `Any path, passed on as it is with our credentials: ${path}` }
    : { method: '*', path, group, title: `Passed on as it is with our credentials: ${path}` };
}

function doingOf({ operation, dialect, stream, asked }: Route): Doing {
  if (operation !== 'chat') return asked === undefined ? doings[operation] : { title: storedTitles[asked] };
  const { streams, ...doing } = chats[dialect];
  return stream === 'never' || streams === undefined ? doing : { ...doing, streams };
}

const storedTitles: Readonly<Record<NonNullable<Route['asked']>, string>> = {
  get: 'A stored response',
  delete: 'Forget a stored response',
  'input-items': 'What a stored response was asked',
  cancel: 'End a response in the background',
};
