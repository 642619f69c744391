import { createHash } from 'node:crypto';
import type { JsonObject } from '../hub/index.ts';
import { isObject } from '../wire/index.ts';
import { countTokens, type MockAnswer } from './mock-answer.ts';

/** Answers are the same every time, so their date is too: seconds since 1970. */
const created = 1_767_225_600;

/** A mock's answer in OpenAI's chat completions form. */
export class MockWire {
  readonly #request: JsonObject;
  readonly #answer: MockAnswer;
  readonly #head: { id: string; created: number; model: string };

  constructor(model: string, request: JsonObject, answer: MockAnswer) {
    const id = createHash('sha256').update(JSON.stringify(request)).digest('hex').slice(0, 24);
    this.#request = request;
    this.#answer = answer;
    this.#head = { id: `chatcmpl-${id}`, created, model };
  }

  /** The body of a plain reply. */
  whole(): JsonObject {
    const { pieces, call, finish } = this.#answer;
    const calls =
      call === undefined
        ? {}
        : { tool_calls: [{ ...callHead(call), function: { name: call.name, arguments: call.pieces.join('') } }] };
    const message = {
      role: 'assistant',
      content: call === undefined ? pieces.join('') : null,
      refusal: null,
      ...calls,
    };
    return {
      ...this.#head,
      object: 'chat.completion',
      choices: this.#indexes().map((index) => ({ index, message, logprobs: null, finish_reason: finish })),
      usage: this.#usage(),
    };
  }

  /** The events of a stream, `[DONE]` included. */
  events(): string[] {
    const { stream_options: options } = this.#request;
    const withUsage = isObject(options) && options['include_usage'] === true;
    const print = (choices: JsonObject[], usage: JsonObject | null): string =>
      `data: ${JSON.stringify({ ...this.#head, object: 'chat.completion.chunk', choices, ...(withUsage ? { usage } : {}) })}\n\n`;
    const chunks = this.#indexes().flatMap((index) =>
      [...this.#deltas(), undefined].map((delta) =>
        print(
          [
            {
              index,
              delta: delta ?? {},
              logprobs: null,
              finish_reason: delta === undefined ? this.#answer.finish : null,
            },
          ],
          null,
        ),
      ),
    );
    return [...chunks, ...(withUsage ? [print([], this.#usage())] : []), 'data: [DONE]\n\n'];
  }

  #deltas(): JsonObject[] {
    const { pieces, call } = this.#answer;
    if (call === undefined)
      return [{ role: 'assistant', content: '', refusal: null }, ...pieces.map((content): JsonObject => ({ content }))];
    const first = { index: 0, ...callHead(call), function: { name: call.name, arguments: '' } };
    return [
      { role: 'assistant', content: null, refusal: null },
      { tool_calls: [first] },
      ...call.pieces.map((args): JsonObject => ({ tool_calls: [{ index: 0, function: { arguments: args } }] })),
    ];
  }

  #indexes(): number[] {
    const { n } = this.#request;
    return Array.from(
      { length: typeof n === 'number' && n >= 1 ? Math.min(Math.floor(n), 128) : 1 },
      (_, index) => index,
    );
  }

  #usage(): JsonObject {
    const { pieces, call } = this.#answer;
    const prompt = countTokens(JSON.stringify([this.#request['messages'], this.#request['tools'] ?? '']));
    const completion =
      countTokens([...pieces, call?.name ?? '', ...(call?.pieces ?? [])].join('')) * this.#indexes().length;
    return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
  }
}

function callHead(call: { id: string }): { id: string; type: 'function' } {
  return { id: call.id, type: 'function' };
}
