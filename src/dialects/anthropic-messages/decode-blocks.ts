import type { Block, Carried, JsonObject, Signature, Source } from '../../hub/index.ts';
import { readSignature } from '../../hub/index.ts';
import { asArray, asBoolean, asObject, asString, isObject, type JsonValue, optional } from '../../wire/index.ts';
import { readCarried, self } from './carried.ts';
import { readCitations } from './citation.ts';
import { attachProofs, readProof } from './proof.ts';

/** The content of a message: a text, or blocks in their order. Strict: a FieldError names the path. */
export function decodeContent(content: JsonValue | undefined, path: string): Block[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  const blocks: Block[] = [];
  const calls = new Map<string, Signature>();
  asArray(content, path).forEach((item, index) => {
    const node = asObject(item, `${path}[${index}]`);
    if (node['type'] === 'redacted_thinking') {
      readProof(asString(node['data'], `${path}[${index}].data`), blocks, calls);
    } else {
      blocks.push(decodeBlock(node, `${path}[${index}]`));
    }
  });
  attachProofs(blocks, calls);
  return blocks;
}

/** One block of a request; what only this API understands is opaque. */
function decodeBlock(node: JsonObject, path: string): Block {
  switch (asString(node['type'], `${path}.type`)) {
    case 'text':
      return decodeText(node, path);
    case 'image':
      return decodeMedia('image', node, path);
    case 'document':
      return decodeMedia('file', node, path);
    case 'thinking':
      return decodeThinking(node, path);
    case 'tool_use':
      return decodeCall(node, path);
    case 'tool_result':
      return decodeResult(node, path);
    default:
      return { type: 'opaque', dialect: self, value: node };
  }
}

function decodeText(node: JsonObject, path: string): Block {
  const citations = readCitations(optional(asArray, node['citations'], `${path}.citations`));
  return {
    type: 'text',
    text: asString(node['text'], `${path}.text`),
    ...(citations.length === 0 ? {} : { citations }),
    ...readCarried(node, ['type', 'text', 'citations']),
  };
}

function decodeThinking(node: JsonObject, path: string): Block {
  const signature = optional(asString, node['signature'], `${path}.signature`) ?? '';
  return {
    type: 'thinking',
    text: asString(node['thinking'], `${path}.thinking`),
    ...(signature === '' ? {} : { signature: readSignature(signature, self) }),
    ...readCarried(node, ['type', 'thinking', 'signature']),
  };
}

function decodeCall(node: JsonObject, path: string): Block {
  const input = node['input'] ?? undefined;
  return {
    type: 'tool-call',
    id: asString(node['id'], `${path}.id`),
    name: asString(node['name'], `${path}.name`),
    args: input === undefined ? '' : JSON.stringify(input),
    ...readCarried(withoutDirectCaller(node), ['type', 'id', 'name', 'input']),
  };
}

/** `caller: {type: 'direct'}` is the default; replies must name it, so every history repeats it. */
export function withoutDirectCaller(node: JsonObject): JsonObject {
  const caller = node['caller'];
  return isObject(caller) && caller['type'] === 'direct' ? { ...node, caller: null } : node;
}

function decodeResult(node: JsonObject, path: string): Block {
  const content = node['content'] ?? [];
  const failed = optional(asBoolean, node['is_error'], `${path}.is_error`);
  return {
    type: 'tool-result',
    callId: asString(node['tool_use_id'], `${path}.tool_use_id`),
    content:
      typeof content === 'string'
        ? [{ type: 'text', text: content }]
        : asArray(content, `${path}.content`).map((item, index) => decodeResultPart(item, `${path}.content[${index}]`)),
    ...(failed === true ? { failed } : {}),
    ...readCarried(node, ['type', 'tool_use_id', 'content', 'is_error']),
  };
}

/** Results hold no calls and no results, so nothing here calls itself. */
function decodeResultPart(item: JsonValue, path: string): Block {
  const node = asObject(item, path);
  const type = asString(node['type'], `${path}.type`);
  if (type === 'text') return decodeText(node, path);
  if (type === 'image') return decodeMedia('image', node, path);
  if (type === 'document') return decodeMedia('file', node, path);
  return { type: 'opaque', dialect: self, value: node };
}

const mediaFields = ['type', 'source', 'title'];

function decodeMedia(media: 'image' | 'file', node: JsonObject, path: string): Block {
  const from = asObject(node['source'], `${path}.source`);
  const source = decodeSource(from, `${path}.source`);
  if (source === undefined) return { type: 'opaque', dialect: self, value: node };
  const name = optional(asString, node['title'], `${path}.title`);
  const carried = readCarried(node, mediaFields);
  return {
    type: 'media',
    media,
    source,
    ...(name === undefined ? {} : { name }),
    // A document made of blocks has no other name in the hub than its text; at home it goes back as it came.
    ...(from['type'] === 'content' ? withOwnSource(carried, from) : carried),
  };
}

function withOwnSource(carried: Carried, source: JsonObject): Carried {
  return { ...carried, extra: { ...carried.extra, [self]: { ...carried.extra?.[self], source } } };
}

function decodeSource(source: JsonObject, path: string): Source | undefined {
  switch (asString(source['type'], `${path}.type`)) {
    case 'base64':
      return {
        kind: 'base64',
        mime: asString(source['media_type'], `${path}.media_type`),
        data: asString(source['data'], `${path}.data`),
      };
    case 'url':
      return { kind: 'url', url: asString(source['url'], `${path}.url`) };
    case 'file':
      return { kind: 'file-id', id: asString(source['file_id'], `${path}.file_id`) };
    case 'text':
      return textSource(asString(source['data'], `${path}.data`));
    case 'content':
      return textSource(joinText(source['content'], `${path}.content`));
    default:
      return undefined;
  }
}

function textSource(text: string): Source {
  return { kind: 'base64', mime: 'text/plain', data: Buffer.from(text, 'utf8').toString('base64') };
}

function joinText(content: JsonValue | undefined, path: string): string {
  if (typeof content === 'string') return content;
  return asArray(content, path)
    .map((block) => (isObject(block) && typeof block['text'] === 'string' ? block['text'] : ''))
    .filter((text) => text !== '')
    .join('\n\n');
}
