import { type Block, type HubRequest, type Message, ProxyError } from '../../hub/index.ts';

/**
 * A conversation as one text. A single message of a user is the prompt itself. Of more, what the system says stands bare
 * and every other turn begins with its speaker; the last line is the model's to go on with:
 *
 *     Be brief.
 *
 *     User: Hi
 *
 *     Assistant:
 *
 * An answer begun by the client stands last, to be continued. Throws invalid-request for media, which no text can hold.
 */
export function writePrompt(request: HubRequest): string {
  const turns = request.messages.flatMap(readTurns);
  const [only] = turns;
  if (turns.length === 1 && only?.speaker === 'User') return only.text;
  const written = turns.map(({ speaker, text }) => (speaker === '' ? text : `${speaker}: ${text}`));
  if (turns.at(-1)?.speaker !== 'Assistant') written.push('Assistant:');
  return written.join('\n\n');
}

interface Turn {
  speaker: 'User' | 'Assistant' | 'Tool' | '';
  text: string;
}

const speakers = { system: '', user: 'User', assistant: 'Assistant' } as const satisfies Record<
  Message['role'],
  string
>;

/** Results of tools are turns of their own. */
function readTurns(message: Message, index: number): Turn[] {
  const turns: Turn[] = [];
  let texts: string[] = [];
  const flush = (): void => {
    if (texts.length > 0) turns.push({ speaker: speakers[message.role], text: texts.join('\n') });
    texts = [];
  };
  for (const block of message.blocks) {
    if (block.type === 'tool-result') {
      flush();
      turns.push({ speaker: 'Tool', text: block.content.flatMap((one) => readText(one, index)).join('\n') });
    } else texts.push(...readText(block, index));
  }
  flush();
  return turns;
}

function readText(block: Block, message: number): string[] {
  switch (block.type) {
    case 'text':
    case 'refusal':
      return block.text === '' ? [] : [block.text];
    case 'tool-call':
      return [`${block.name}(${block.args})`];
    case 'media':
      throw refused(block.media, message);
    case 'thinking':
    case 'tool-result':
    case 'opaque':
      return [];
  }
}

function refused(media: string, message: number): ProxyError {
  const param = `messages[${message}]`;
  return new ProxyError('invalid-request', `${param}: the completions API takes text only, no ${media}`, { param });
}
