import { type Block, type HubRequest, type JsonObject, type Params, ProxyError } from '../../hub/index.ts';
import { isObject, writeDataUrl } from '../../wire/index.ts';
import { self, words } from './params.ts';
import type { ReplicateQuirks } from './quirks.ts';
import { versionOf } from './target.ts';

type Media = Extract<Block, { type: 'media' }>;

interface Turn {
  title: 'User' | 'Assistant';
  text: string;
}

interface Told {
  system: string[];
  turns: Turn[];
  images: string[];
}

/** The body of a prediction. Throws invalid-request for what it has no form for. */
export function encodeRequest(request: HubRequest, quirks: Partial<ReplicateQuirks>): JsonObject {
  const unknown = { ...request.unknown, ...request.extra?.[self] };
  const entries = Object.entries(unknown);
  const version = versionOf(request.model);
  const input: JsonObject = {
    ...Object.fromEntries(entries.filter(([word, value]) => !words.includes(word) && value !== null)),
    ...(isObject(unknown['input']) ? unknown['input'] : {}),
    ...encodePrompt(request),
    ...encodeSampling(request.params, quirks),
  };
  return {
    ...Object.fromEntries(entries.filter(([word]) => words.includes(word))),
    ...(version === undefined ? {} : { version }),
    input,
  };
}

/** Stop texts are one text here, with commas between them. */
function encodeSampling(params: Params, quirks: Partial<ReplicateQuirks>): JsonObject {
  const { maxTokens, temperature, topP, topK, stop, seed } = params;
  const most = quirks.newTokens === true ? 'max_new_tokens' : 'max_tokens';
  return {
    ...(maxTokens === undefined ? {} : { [most]: maxTokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(topK === undefined ? {} : { top_k: topK }),
    ...(stop === undefined || stop.length === 0 ? {} : { stop_sequences: stop.join(',') }),
    ...(seed === undefined ? {} : { seed }),
  };
}

/** A single question is the prompt as it is; of several turns each has its role above it. */
function encodePrompt({ messages }: HubRequest): JsonObject {
  const told: Told = { system: [], turns: [], images: [] };
  for (const { role, blocks } of messages) {
    const shown = role === 'assistant' ? blocks.filter(({ type }) => type !== 'media') : blocks;
    const text = shown
      .flatMap((block) => inWords(block, told.images))
      .filter((one) => one !== '')
      .join('\n');
    if (text === '') continue;
    if (role === 'system') told.system.push(text);
    else told.turns.push({ title: role === 'user' ? 'User' : 'Assistant', text });
  }
  const [image, second] = told.images;
  if (second !== undefined) throw refused('more than one image');
  if (told.turns.length + told.system.length + told.images.length === 0) {
    throw new ProxyError('invalid-request', 'there is nothing to answer: all messages are empty', {
      param: 'messages',
    });
  }
  return {
    prompt: promptOf(told.turns),
    ...(told.system.length === 0 ? {} : { system_prompt: told.system.join('\n\n') }),
    ...(image === undefined ? {} : { image }),
  };
}

function promptOf(turns: readonly Turn[]): string {
  const [only] = turns;
  if (turns.length <= 1 && only?.title !== 'Assistant') return only?.text ?? '';
  const told = turns.map(({ title, text }) => `${title}: ${text}\n\n`).join('');
  // An answer that the client began goes on where it stops.
  return turns.at(-1)?.title === 'Assistant' ? told.trimEnd() : `${told}Assistant:`;
}

function inWords(block: Block, images: string[]): string[] {
  switch (block.type) {
    case 'text':
    case 'refusal':
      return [block.text];
    case 'tool-call':
      return [JSON.stringify({ name: block.name, arguments: block.args })];
    case 'tool-result':
      return [`Result of ${block.name ?? block.callId}:`, ...block.content.flatMap((part) => inWords(part, images))];
    case 'media':
      return encodeMedia(block, images);
    case 'thinking':
    case 'opaque':
      return [];
  }
}

function encodeMedia({ media, source }: Media, images: string[]): string[] {
  if (source.kind === 'file-id') throw refused('files by id');
  if (media === 'image') {
    images.push(source.kind === 'url' ? source.url : writeDataUrl(source.mime, source.data));
    return [];
  }
  if (media === 'file' && source.kind === 'base64' && source.mime.startsWith('text/')) {
    return [Buffer.from(source.data, 'base64').toString('utf8')];
  }
  throw refused(media === 'file' ? 'files but text' : media);
}

function refused(what: string): ProxyError {
  return new ProxyError('invalid-request', `models at Replicate take texts and an image, no ${what}`, {
    param: 'messages',
  });
}
