import type { Block, Deployment, HubRequest } from '../hub/index.ts';
import type { Call } from './call.ts';
import { speakerFor } from './speaker.ts';
import { type Speaker, tableOf } from './table.ts';

/** What a URL held: base64 `data` of the type `mime`. */
export interface Fetched {
  mime: string;
  data: string;
}

/** The URLs of pictures, sounds and files that this provider does not fetch itself; each once. Throws invalid-request. */
export function linksToFetch(call: Call, to: Deployment): readonly string[] {
  if (call.operation !== 'chat' && call.operation !== 'count-tokens') return none;
  const speaker = speakerFor(call, to);
  const { inlines } = speaker.provider;
  if (inlines === undefined || (speaker.id === call.client.id && !isTouched(call, to, speaker))) return none;
  const links = new Set<string>();
  visit(call.request(), (block) => {
    if (block.type !== 'media' || block.source.kind !== 'url') return;
    if (inlines(block, block.source.url, to.row.quirks ?? {})) links.add(block.source.url);
  });
  return [...links];
}

/** The same request with what was fetched in place of its URLs. */
export function inlineMedia(request: HubRequest, fetched: ReadonlyMap<string, Fetched>): HubRequest {
  const inline = (block: Block): Block => {
    if (block.type === 'tool-result') return { ...block, content: block.content.map(inline) };
    if (block.type !== 'media' || block.source.kind !== 'url') return block;
    const found = fetched.get(block.source.url);
    return found === undefined ? block : { ...block, source: { kind: 'base64', ...found } };
  };
  const messages = request.messages.map((message) => ({ ...message, blocks: message.blocks.map(inline) }));
  return { ...request, messages };
}

/** A body of the provider's own dialect passes as bytes, unless a quirk has work to do in it. */
function isTouched({ body }: Call, to: Deployment, speaker: Speaker): boolean {
  return tableOf(to, speaker).probes?.some((search) => search(body)) ?? true;
}

const none: readonly string[] = [];

function visit({ messages }: HubRequest, see: (block: Block) => void): void {
  const walk = (block: Block): void => {
    see(block);
    if (block.type === 'tool-result') block.content.forEach(walk);
  };
  for (const { blocks } of messages) blocks.forEach(walk);
}
