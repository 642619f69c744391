import type { Emit, HubEvent } from './events.ts';
import type { Block, Json, JsonObject } from './request.ts';
import type { Choice, HubResponse } from './response.ts';

/** Gathers a legal event order into the response it tells. `take` throws the ProxyError of an error event. */
export function collector(): { take: Emit; response(): HubResponse } {
  const response: HubResponse = { id: '', model: '', created: 0, choices: [] };
  const open = new Map<number, Block>();
  const choiceAt = (index: number): Choice => {
    let choice = response.choices.find((one) => one.index === index);
    if (choice === undefined) {
      choice = { index, blocks: [], finish: { reason: 'other' } };
      response.choices.push(choice);
    }
    return choice;
  };
  const take = (event: HubEvent): void => {
    switch (event.type) {
      case 'start':
        Object.assign(response, {
          id: event.id,
          model: event.model,
          created: event.created,
        });
        if (event.usage !== undefined) response.usage = event.usage;
        if (event.extra !== undefined) response.extra = event.extra;
        return;
      case 'open': {
        const block = { ...event.head };
        open.set(event.block, block);
        choiceAt(event.choice).blocks.push(block);
        return;
      }
      case 'text':
      case 'thinking':
      case 'args':
        append(open.get(event.block), event.text);
        return;
      case 'mark': {
        const block = open.get(event.block);
        if (event.signature !== undefined && block !== undefined) block.signature = event.signature;
        if (event.citation !== undefined && block?.type === 'text') {
          block.citations = [...(block.citations ?? []), event.citation];
        }
        if (event.logprobs !== undefined) {
          const choice = choiceAt(event.choice);
          choice.logprobs = joinLogprobs(choice.logprobs, event.logprobs);
        }
        return;
      }
      case 'close':
        open.delete(event.block);
        return;
      case 'finish': {
        const choice = choiceAt(event.choice);
        choice.finish = event.finish;
        if (event.extra !== undefined) choice.extra = event.extra;
        return;
      }
      case 'usage':
        response.usage = event.usage;
        return;
      case 'ping':
        return;
      case 'error':
        throw event.error;
    }
  };
  return { take, response: () => response };
}

/** Tells a response as a stream: `collect(toEvents(r)) = r`. */
export function toEvents(response: HubResponse, emit: Emit): void {
  emit({
    type: 'start',
    id: response.id,
    model: response.model,
    created: response.created,
    ...(response.extra === undefined ? {} : { extra: response.extra }),
  });
  let next = 0;
  for (const choice of response.choices) {
    const index = choice.index;
    for (const block of choice.blocks) tellBlock(index, next++, block, emit);
    if (choice.logprobs !== undefined) {
      emit({
        type: 'mark',
        choice: index,
        block: next - 1,
        logprobs: choice.logprobs,
      });
    }
    emit({
      type: 'finish',
      choice: index,
      finish: choice.finish,
      ...(choice.extra === undefined ? {} : { extra: choice.extra }),
    });
  }
  if (response.usage !== undefined) emit({ type: 'usage', usage: response.usage });
}

function tellBlock(choice: number, block: number, whole: Block, emit: Emit): void {
  const { signature, ...head } = whole;
  switch (head.type) {
    case 'text': {
      const { citations, ...rest } = head;
      emit({ type: 'open', choice, block, head: { ...rest, text: '' } });
      if (head.text !== '') emit({ type: 'text', choice, block, text: head.text });
      for (const citation of citations ?? []) emit({ type: 'mark', choice, block, citation });
      break;
    }
    case 'refusal':
      emit({ type: 'open', choice, block, head: { ...head, text: '' } });
      if (head.text !== '') emit({ type: 'text', choice, block, text: head.text });
      break;
    case 'thinking':
      emit({ type: 'open', choice, block, head: { ...head, text: '' } });
      if (head.text !== '') emit({ type: 'thinking', choice, block, text: head.text });
      break;
    case 'tool-call': {
      // With its proof: clients of chat get it in the call's id, which goes out first.
      const proven = signature === undefined ? head : { ...head, signature };
      emit({ type: 'open', choice, block, head: { ...proven, args: '' } });
      if (head.args !== '') emit({ type: 'args', choice, block, text: head.args });
      emit({ type: 'close', choice, block });
      return;
    }
    case 'media':
    case 'tool-result':
    case 'opaque':
      emit({ type: 'open', choice, block, head });
      break;
  }
  if (signature !== undefined) emit({ type: 'mark', choice, block, signature });
  emit({ type: 'close', choice, block });
}

function append(block: Block | undefined, text: string): void {
  switch (block?.type) {
    case 'text':
    case 'thinking':
    case 'refusal':
      block.text += text;
      return;
    case 'tool-call':
      block.args += text;
      return;
    case 'media':
    case 'tool-result':
    case 'opaque':
    case undefined:
      return;
  }
}

/** OpenAI's form is an object of lists that grow; any other form is replaced. */
function joinLogprobs(before: Json | undefined, more: Json): Json {
  if (!isObject(before) || !isObject(more)) return more;
  const joined = new Map(Object.entries(before));
  for (const [key, value] of Object.entries(more)) {
    const old = joined.get(key);
    joined.set(key, Array.isArray(old) && Array.isArray(value) ? [...old, ...value] : value);
  }
  // Unlike an assignment this makes a plain member of a `__proto__`.
  return Object.fromEntries(joined);
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
