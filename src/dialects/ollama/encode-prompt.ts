import type { Block, HubRequest, JsonObject, Message } from '../../hub/index.ts';
import { argsObject, contentOf } from './content.ts';
import { nothingLeft, toolNames } from './encode-messages.ts';

interface Turn {
  title: 'User' | 'Assistant';
  text: string;
}

/**
 * The conversation in the form of /api/generate: what the system says, one prompt, all images. A single question is the
 * prompt as it is; of several turns each has its role above it. Throws invalid-request where nothing is left.
 */
export function encodePrompt({ messages }: HubRequest): JsonObject {
  const names = toolNames(messages);
  const system: string[] = [];
  const turns: Turn[] = [];
  const images: string[] = [];
  for (const { role, blocks } of messages) {
    const shown = role === 'assistant' ? blocks.filter(({ type }) => type !== 'media') : blocks;
    const content = contentOf(shown.flatMap((block) => inWords(block, names)));
    images.push(...content.images);
    if (content.text === '') continue;
    if (role === 'system') system.push(content.text);
    else turns.push({ title: role === 'user' ? 'User' : 'Assistant', text: content.text });
  }
  if (turns.length === 0 && images.length === 0 && system.length === 0) throw nothingLeft();
  return {
    prompt: promptOf(turns),
    ...(system.length === 0 ? {} : { system: system.join('\n\n') }),
    ...(images.length === 0 ? {} : { images }),
  };
}

function promptOf(turns: readonly Turn[]): string {
  const [only] = turns;
  if (turns.length <= 1 && only?.title !== 'Assistant') return only?.text ?? '';
  const told = turns.map(({ title, text }) => `### ${title}:\n${text}\n\n`).join('');
  // An answer that the client began goes on where it stops.
  return turns.at(-1)?.title === 'Assistant' ? told.trimEnd() : `${told}### Assistant:\n`;
}

/** Calls and results in words, for where nobody has told them in the prompt before. */
function inWords(block: Block, names: ReadonlyMap<string, string>): Message['blocks'] {
  switch (block.type) {
    case 'tool-call': {
      const text = JSON.stringify({ name: block.name, arguments: argsObject(block.args) });
      return [{ type: 'text', text }];
    }
    case 'tool-result': {
      const name = block.name ?? names.get(block.callId) ?? block.callId;
      return [{ type: 'text', text: `Result of ${name}:` }, ...block.content];
    }
    case 'text':
    case 'media':
    case 'refusal':
    case 'thinking':
    case 'opaque':
      return [block];
  }
}
