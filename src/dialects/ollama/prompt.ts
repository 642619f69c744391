import type { At, Block, HubRequest, JsonObject, Message } from '../../hub/index.ts';
import { asString, type Members, optional } from '../../wire/index.ts';
import { gap } from '../gap.ts';
import { decodePictures } from './decode-messages.ts';
import { self } from './params.ts';
import { asked, checkPlain, decodePlain } from './request.ts';

/** What every request must be, seen in the bytes. Without a prompt the model is to be loaded. */
export function checkPrompt(body: Members): void {
  asked(() => {
    checkPlain(body);
    if (body.has('prompt')) optional(asString, body.get('prompt'), 'prompt');
  });
}

/** /api/generate. What only its own servers know (`raw`, `template`, `context`) goes back to them. */
export function decodePrompt(body: JsonObject, at: At): HubRequest {
  return asked(() => {
    const system = optional(asString, body['system'], 'system') ?? '';
    const prompt = optional(asString, body['prompt'], 'prompt') ?? '';
    const suffix = optional(asString, body['suffix'], 'suffix') ?? '';
    const pictures = decodePictures(body['images'], '');
    const plain = decodePlain(body, at, ['prompt', 'system', 'images', 'suffix']);
    const messages = suffix === '' ? question(system, prompt, pictures) : missing(system, prompt, suffix, pictures);
    if (suffix === '') return { ...plain, messages };
    const own = { ...plain.extra?.[self], prompt, suffix, ...(system === '' ? {} : { system }) };
    return { ...plain, messages, extra: { [self]: own } };
  });
}

function question(system: string, prompt: string, pictures: Block[]): Message[] {
  const text: Block[] = prompt === '' ? [] : [{ type: 'text', text: prompt }];
  return [
    ...(system === '' ? [] : [{ role: 'system' as const, blocks: [{ type: 'text' as const, text: system }] }]),
    { role: 'user', blocks: [...text, ...pictures] },
  ];
}

/** Servers of this API get their own words instead. */
function missing(system: string, before: string, behind: string, pictures: Block[]): Message[] {
  const asked = gap(before, behind);
  return question(system === '' ? asked.system : `${system}\n\n${asked.system}`, asked.question, pictures);
}
