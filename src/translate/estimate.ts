import { estimateTokenCount } from 'tokenx';
import type { Block, HubRequest, Json, Tool } from '../hub/index.ts';
import { mediaTokens } from './media-tokens.ts';

/** What stands around a message, before the answer, around a tool and around all tools, as OpenAI's guide to counting has it. */
const perMessage = 3;
const forAnswer = 3;
const perTool = 7;
const forTools = 12;
/** Longer texts are estimated by their beginning: a body may have 100 MB. */
const mostRead = 2 ** 20;

/** Tokens of a request's prompt, nearly: for models whose provider has no counter. */
export function estimateTokens({ messages, tools = [], output }: HubRequest): number {
  let tokens = forAnswer + messages.length * perMessage;
  for (const { blocks, name } of messages) {
    tokens += countText(name ?? '');
    for (const block of blocks) tokens += blockTokens(block);
  }
  if (tools.length > 0) tokens += forTools;
  for (const tool of tools) tokens += toolTokens(tool);
  if (output?.kind === 'schema') tokens += countJson(output.schema);
  return tokens;
}

function blockTokens(block: Block): number {
  switch (block.type) {
    case 'text':
    case 'refusal':
    case 'thinking':
      return countText(block.text) + (block.type === 'thinking' && block.redacted ? proofTokens(block.signature) : 0);
    case 'media':
      return mediaTokens(block, countText);
    case 'tool-call':
      return perTool + countText(block.name) + countText(block.args);
    case 'tool-result':
      return perTool + block.content.reduce((sum, one) => sum + blockTokens(one), 0);
    case 'opaque':
      return countJson(block.value);
  }
}

/** Hidden thoughts are as long as their cipher, which is base64 of it. */
function proofTokens(signature: Block['signature']): number {
  return Math.ceil(((signature?.value.length ?? 0) * 3) / 16);
}

function toolTokens(tool: Tool): number {
  if (tool.kind === 'hosted') return perTool + countJson(tool.value);
  const form = tool.kind === 'function' ? tool.schema : (tool.format ?? {});
  return perTool + countText(tool.name) + countText(tool.description ?? '') + countJson(form);
}

function countJson(value: Json): number {
  return countText(JSON.stringify(value));
}

function countText(text: string): number {
  if (text.length <= mostRead) return estimateTokenCount(text);
  return Math.round((estimateTokenCount(text.slice(0, mostRead)) / mostRead) * text.length);
}
