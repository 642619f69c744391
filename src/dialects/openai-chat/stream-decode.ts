import { type Emit, type Json, type JsonObject, ProxyError, type Usage } from '../../hub/index.ts';
import { type Frame, isObject, readJson } from '../../wire/index.ts';
import type { Given, StreamDecoder } from '../dialect.ts';
import { decodeErrorMember, errorWithin } from '../openai-refusal.ts';
import { readFinish } from './finish.ts';
import type { OpenAIChatQuirks } from './quirks.ts';
import { choiceFields, isTelling, messageFields, readContent, readCreated, replyFields } from './response.ts';
import { type Skeleton, textBones, textOfAlike } from './skeleton.ts';
import { ChoiceStream } from './stream-choice.ts';
import { mergeField } from './stream-extra.ts';
import { readReasoning, readReasoningDetails, readThinkingBlocks } from './thinking.ts';
import { readUsage } from './usage.ts';

/** Owes the hub's legal order whatever the server's habits are; a stream without a finish is an error event. */
export class ChatStreamDecoder implements StreamDecoder {
  private started = false;
  private over = false;
  private terminated = false;
  private blocks = 0;
  private readonly top: JsonObject = {};
  private readonly choices = new Map<number, Told>();
  /** The last chunk that said nothing but text, and whose text it was. */
  private alike: { bones: Skeleton; told: Told } | undefined;

  constructor(
    private readonly given: Given,
    private readonly quirks: Partial<OpenAIChatQuirks>,
  ) {}

  push(frame: Frame, emit: Emit): void {
    if (this.over || this.terminated || this.sayAlike(frame, emit)) return;
    if (frame.data.trim() === '[DONE]') {
      this.terminated = true;
      return;
    }
    const chunk = readJson(frame.data);
    if (frame.event === 'error') {
      const error = isObject(chunk) ? (errorWithin(chunk) ?? decodeErrorMember(chunk)) : decodeErrorMember(frame.data);
      this.fail(error, emit);
      return;
    }
    if (!isObject(chunk)) {
      this.fail(new ProxyError('bad-upstream-reply', 'the provider sent an event that is no JSON object'), emit);
      return;
    }
    const error = errorWithin(chunk);
    if (error !== undefined) this.fail(error, emit);
    else {
      this.read(chunk, emit);
      this.remember(chunk, frame.data);
    }
  }

  /** Most chunks of a stream differ in their text alone: it is said without parsing them (a quarter of the stream's CPU). */
  private sayAlike(frame: Frame, emit: Emit): boolean {
    if (this.alike === undefined || frame.event !== undefined) return false;
    const { bones, told } = this.alike;
    const text = told.stream.finished ? undefined : textOfAlike(frame.data, bones);
    if (text === undefined) return false;
    const said = text.includes('\\') ? readJson(`"${text}"`) : text;
    if (typeof said !== 'string') return false;
    if (said !== '') told.stream.say('text', said, emit);
    return true;
  }

  private remember(chunk: JsonObject, data: string): void {
    const choice = textOnly(chunk);
    const told = this.choices.get(choice?.index ?? -1);
    const bones = told === undefined ? undefined : textBones(data);
    this.alike = told === undefined || bones === undefined ? undefined : { bones, told };
  }

  end(emit: Emit): void {
    if (this.over) return;
    const open = [...this.choices.values()].filter((told) => !told.stream.finished);
    const ended =
      this.choices.size > 0 && open.every((told) => this.quirks.noFinish || (told.blank && this.terminated));
    if (!ended) {
      this.fail(new ProxyError('bad-upstream-reply', 'the stream ended without a finish reason'), emit);
      return;
    }
    this.over = true;
    for (const told of open) finish(told, told.blank ? '' : 'stop', emit);
  }

  private fail(error: ProxyError, emit: Emit): void {
    this.over = true;
    emit({ type: 'error', error });
  }

  private read(chunk: JsonObject, emit: Emit): void {
    const choices = Array.isArray(chunk.choices) ? chunk.choices : [];
    const usage = readUsage(chunk);
    if (!this.started) {
      for (const key of Object.keys(chunk)) if (!replyFields.has(key)) mergeField(this.top, key, chunk[key]);
      // the first chunk may be a mere preface without id and choices
      if (choices.length > 0 || usage !== undefined) this.start(chunk, usage, emit);
    }
    for (const [position, choice] of choices.entries()) {
      if (isObject(choice)) this.readChoice(choice, position, emit);
    }
    if (usage !== undefined) emit({ type: 'usage', usage });
  }

  private start(chunk: JsonObject, usage: Usage | undefined, emit: Emit): void {
    this.started = true;
    emit({
      type: 'start',
      id: typeof chunk.id === 'string' && chunk.id !== '' ? chunk.id : this.given.id('chatcmpl-'),
      model: typeof chunk.model === 'string' ? chunk.model : '',
      created: readCreated(chunk.created, this.given),
      ...(usage === undefined ? {} : { usage }),
      extra: { 'openai-chat': this.top },
    });
  }

  private readChoice(choice: JsonObject, position: number, emit: Emit): void {
    const index = typeof choice.index === 'number' ? choice.index : position;
    let told = this.choices.get(index);
    if (told === undefined) {
      told = {
        stream: new ChoiceStream(index, () => this.blocks++, this.given),
        around: {},
        more: {},
        blank: false,
        reasoned: false,
      };
      this.choices.set(index, told);
    }
    if (told.stream.finished) return;
    const delta = isObject(choice.delta) ? choice.delta : choice.message;
    if (isObject(delta)) readDelta(delta, told, emit);
    for (const key in choice) if (!choiceFields.has(key)) mergeField(told.around, key, choice[key]);
    if (isTelling(choice.logprobs)) {
      emit({ type: 'mark', choice: index, block: told.stream.block, logprobs: choice.logprobs });
    }
    const word = choice.finish_reason;
    if (word === '') told.blank = true;
    else if (typeof word === 'string') finish(told, word, emit);
  }
}

/** The one choice of a chunk that says a text and nothing else. */
function textOnly(chunk: JsonObject): { index: number } | undefined {
  const [choice, ...others] = Array.isArray(chunk.choices) ? chunk.choices : [];
  if (!isObject(choice) || others.length > 0 || typeof choice.index !== 'number') return undefined;
  const { delta } = choice;
  if (readUsage(chunk) !== undefined || !isObject(delta) || typeof delta.content !== 'string') return undefined;
  return isQuiet(choice, choiceFrame) && isQuiet(delta, deltaFrame) ? { index: choice.index } : undefined;
}

function isQuiet(object: JsonObject, known: ReadonlySet<string>): boolean {
  return Object.keys(object).every((key) => known.has(key) || object[key] === null || object[key] === '');
}

const choiceFrame: ReadonlySet<string> = new Set(['index', 'delta']);
const deltaFrame: ReadonlySet<string> = new Set(['role', 'content']);

interface Told {
  stream: ChoiceStream;
  /** Unknown fields of the choice and of its message, in the form of a whole reply. */
  around: JsonObject;
  more: JsonObject;
  /** It said '' for its finish: the reason, at the servers that end so, and noise at others. */
  blank: boolean;
  /** Reasoning came under a plain name, so `thinking_blocks` and details only repeat it. */
  reasoned: boolean;
}

function finish(told: Told, word: string, emit: Emit): void {
  const more = Object.keys(told.more).length === 0 ? {} : { message: told.more };
  const { stream } = told;
  stream.finish(readFinish(word, stream.called), { ...told.around, ...more }, emit);
}

function readDelta(delta: JsonObject, told: Told, emit: Emit): void {
  const { stream } = told;
  const plain = readReasoning(delta);
  if (plain !== '') told.reasoned = true;
  const reasoning = told.reasoned ? plain : readReasoningDetails(delta);
  if (reasoning !== '') stream.say('thinking', reasoning, emit);
  if (delta.thinking_blocks !== undefined) readProofs(delta.thinking_blocks, told, emit);
  const { content } = delta;
  if (typeof content === 'string') {
    if (content !== '') stream.say('text', content, emit);
  } else if (Array.isArray(content)) readParts(content, told, emit);
  if (Array.isArray(delta.annotations)) for (const one of delta.annotations) stream.cite(one);
  if (Array.isArray(delta.images)) readParts(delta.images, told, emit);
  if (typeof delta.refusal === 'string' && delta.refusal !== '') stream.say('refusal', delta.refusal, emit);
  if (Array.isArray(delta.tool_calls)) {
    for (const call of delta.tool_calls) if (isObject(call)) stream.call(call, emit);
  }
  if (isObject(delta.function_call)) stream.call({ index: -1, function: delta.function_call }, emit);
  for (const key in delta) if (!messageFields.has(key)) mergeField(told.more, key, delta[key]);
}

function readProofs(blocks: Json, told: Told, emit: Emit): void {
  for (const block of readThinkingBlocks(blocks)) {
    if (block.redacted) {
      told.stream.tell(block, emit);
      continue;
    }
    if (block.text !== '' && !told.reasoned) told.stream.say('thinking', block.text, emit);
    if (block.signature !== undefined) told.stream.prove(block, emit);
  }
}

function readParts(content: Json[], told: Told, emit: Emit): void {
  for (const block of readContent(content)) {
    if (block.type === 'text' || (block.type === 'thinking' && !block.redacted)) {
      if (block.text !== '') told.stream.say(block.type, block.text, emit);
      if (block.type === 'thinking' && block.signature !== undefined) told.stream.prove(block, emit);
    } else told.stream.tell(block, emit);
  }
}
