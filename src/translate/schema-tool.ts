import type { Block, Emit, HubEvent, HubRequest, Tool, ToolChoice } from '../hub/index.ts';
import type { Adapted } from './adapt.ts';
import { perChoice } from './per-choice.ts';

/** LiteLLM's name for it (LITELLM.md 5.2). */
const usualName = 'json_tool_call';

/** A schema for the answer, said as a tool whose arguments are the answer. */
export function schemaTool(request: HubRequest): Adapted {
  const { output, ...rest } = request;
  if (output?.kind !== 'schema') return { request, undo: (emit) => emit };
  const tools = request.tools ?? [];
  const name = freeName(tools);
  const tool: Tool = {
    kind: 'function',
    name,
    description: `Gives the final answer (${output.name}). The answer is given by calling this tool once, with nothing before or after.`,
    // Never strict: who knows no schemas for answers knows none that are binding for tools.
    schema: output.schema,
  };
  return {
    request: { ...rest, tools: [...tools, tool], toolChoice: choiceOf(request, name) },
    undo: (emit) => perChoice(emit, () => answerFromTool(name, emit)),
  };
}

function freeName(tools: readonly Tool[]): string {
  let name = usualName;
  for (let n = 2; tools.some((tool) => tool.kind === 'function' && tool.name === name); n++) name = `${usualName}_${n}`;
  return name;
}

/** Forced, unless the model thinks: then no tool can be. Beside the client's own tools any of them will do. */
function choiceOf({ params, tools = [], toolChoice }: HubRequest, name: string): ToolChoice {
  const { effort, budget } = params.reasoning ?? {};
  const thinks = params.reasoning !== undefined && effort !== 'none' && effort !== 'disable' && budget !== 0;
  if (thinks) return { kind: 'auto' };
  if (toolChoice?.kind === 'one') return toolChoice;
  return tools.length === 0 || toolChoice?.kind === 'none' ? { kind: 'one', name } : { kind: 'any' };
}

/**
 * Text waits until it is known that no answer comes by the tool, since a client parses the whole text: an introduction
 * before the answer would make it invalid. A second answer is one too many.
 */
function answerFromTool(name: string, emit: Emit): Emit {
  let held: HubEvent[] = [];
  let answer: { block: number; empty: boolean; extra: boolean } | undefined;
  let answered = false;
  let called = false;
  const release = (): void => {
    const events = held;
    held = [];
    if (!answered) for (const event of events) emit(event);
  };
  const open = (event: Extract<HubEvent, { type: 'open' }>): void => {
    const { head } = event;
    if (head.type === 'tool-call' && head.name === name) {
      answer = { block: event.block, empty: true, extra: answered };
      if (!answered) emit({ ...event, head: textHead() });
      answered = true;
    } else if (head.type === 'text') {
      held.push(event);
    } else {
      if (head.type === 'tool-call') called = true;
      if (head.type !== 'thinking') release();
      emit(event);
    }
  };
  const waiting = (block: number): boolean => held.some((event) => event.type === 'open' && event.block === block);
  return (event) => {
    switch (event.type) {
      case 'open':
        open(event);
        return;
      case 'args':
        if (answer?.block !== event.block) emit(event);
        else if (!answer.extra) {
          if (event.text !== '') answer.empty = false;
          emit({ type: 'text', choice: event.choice, block: event.block, text: event.text });
        }
        return;
      case 'close':
        if (waiting(event.block)) held.push(event);
        else if (answer?.block !== event.block) emit(event);
        else if (!answer.extra) {
          if (answer.empty) emit({ type: 'text', choice: event.choice, block: event.block, text: '{}' });
          emit(event);
        }
        return;
      case 'text':
      case 'thinking':
      case 'mark':
        if (waiting(event.block)) held.push(event);
        // A proof on the call has no place on the text that it becomes.
        else if (answer?.block !== event.block) emit(event);
        return;
      case 'finish':
        release();
        if (answered && !called && event.finish.reason === 'tool-calls')
          emit({ ...event, finish: { ...event.finish, reason: 'stop' } });
        else emit(event);
        return;
      case 'start':
      case 'usage':
      case 'ping':
      case 'error':
        emit(event);
        return;
    }
  };
}

function textHead(): Block {
  return { type: 'text', text: '' };
}
