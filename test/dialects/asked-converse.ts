import { set, toolLine } from './asked.ts';
import type { RequestFacts } from './read-request.ts';

interface BedrockBlock {
  text?: string;
  cachePoint?: { ttl?: string };
  image?: { format: string; source: { bytes: string } };
  toolUse?: { toolUseId: string; name: string; input: unknown };
  toolResult?: { toolUseId: string; content: { text?: string }[] };
  reasoningContent?: { reasoningText?: { signature?: string }; redactedContent?: string };
  toolSpec?: { name: string; description?: string };
}

interface BedrockBody {
  system?: BedrockBlock[];
  messages: { role: string; content: BedrockBlock[] }[];
  toolConfig?: { tools: BedrockBlock[]; toolChoice?: { auto?: object; any?: object; tool?: { name: string } } };
  outputConfig?: { textFormat?: { structure?: { jsonSchema?: { schema: string } } } };
  inferenceConfig?: { maxTokens?: number; temperature?: number; topP?: number; stopSequences?: string[] };
}

/** Converse's body. */
export function readBedrock(body: BedrockBody, facts: RequestFacts): void {
  const ids: string[] = [];
  let before = '';
  const mark = (block: BedrockBlock): void => {
    if (block.cachePoint) facts.cacheMarks.push(`${before} @${block.cachePoint.ttl ?? '5m'}`);
    before = block.text ?? block.toolSpec?.name ?? before;
  };
  for (const block of body.system ?? []) {
    mark(block);
    if (block.text !== undefined) facts.system.push(block.text);
  }
  for (const { role, content } of body.messages) {
    for (const block of content) {
      mark(block);
      readConverse(role, block, ids, facts);
    }
  }
  for (const block of body.toolConfig?.tools ?? []) {
    mark(block);
    if (block.toolSpec) facts.tools.push(toolLine(block.toolSpec));
  }
  const choice = body.toolConfig?.toolChoice;
  const config = body.inferenceConfig ?? {};
  const schema = body.outputConfig?.textFormat?.structure?.jsonSchema?.schema;
  if (schema !== undefined) facts.schema = JSON.parse(schema);
  set(facts, {
    maxTokens: config.maxTokens,
    temperature: config.temperature,
    topP: config.topP,
    stop: config.stopSequences,
    toolChoice: choice?.tool?.name ?? (choice?.any ? 'required' : choice?.auto && 'auto'),
  });
}

function readConverse(role: string, block: BedrockBlock, ids: string[], facts: RequestFacts): void {
  const { toolUse, toolResult, image, reasoningContent, text } = block;
  const proof = reasoningContent?.reasoningText?.signature ?? reasoningContent?.redactedContent;
  if (proof) facts.proofs.push(proof);
  if (toolUse) {
    facts.turns.push(`call ${ids.push(toolUse.toolUseId)}: ${toolUse.name} ${JSON.stringify(toolUse.input)}`);
  } else if (toolResult) {
    const told = toolResult.content.map((part) => part.text).join('');
    facts.turns.push(`result ${ids.indexOf(toolResult.toolUseId) + 1}: ${told}`);
  } else if (image) facts.turns.push(`${role}: image data:image/${image.format};base64,${image.source.bytes}`);
  else if (text) facts.turns.push(`${role}: ${text}`);
}
