import { Calls, set, toolLine } from './asked.ts';
import type { RequestFacts } from './read-request.ts';

interface GeminiPart {
  text?: string;
  thought?: boolean;
  thoughtSignature?: string;
  inlineData?: { mimeType: string; data: string };
  fileData?: { fileUri: string };
  functionCall?: { name: string; args?: unknown };
  functionResponse?: { name: string; response: { [key: string]: unknown } };
}

interface GeminiBody {
  contents: { role: string; parts: GeminiPart[] }[];
  systemInstruction?: { parts: GeminiPart[] };
  tools?: { functionDeclarations?: { name: string; description?: string }[] }[];
  toolConfig?: { functionCallingConfig?: { mode: string; allowedFunctionNames?: string[] } };
  generationConfig?: {
    maxOutputTokens?: number;
    temperature?: number;
    topP?: number;
    stopSequences?: string[];
    responseJsonSchema?: unknown;
    responseSchema?: unknown;
  };
}

/** generateContent's body. */
export function readGemini(body: GeminiBody, facts: RequestFacts): void {
  const calls = new Calls();
  facts.system = (body.systemInstruction?.parts ?? []).map(({ text }) => text ?? '');
  for (const { role, parts } of body.contents) {
    for (const part of parts) readPart(role === 'model' ? 'assistant' : role, part, calls, facts);
  }
  const config = body.generationConfig ?? {};
  const choice = body.toolConfig?.functionCallingConfig;
  facts.tools = (body.tools ?? []).flatMap((tool) => tool.functionDeclarations ?? []).map(toolLine);
  const mode = { AUTO: 'auto', NONE: 'none', ANY: 'required' }[choice?.mode ?? ''];
  set(facts, {
    maxTokens: config.maxOutputTokens,
    temperature: config.temperature,
    topP: config.topP,
    stop: config.stopSequences,
    toolChoice: choice?.allowedFunctionNames?.[0] ?? mode,
    schema: config.responseJsonSchema ?? config.responseSchema,
  });
}

function readPart(role: string, part: GeminiPart, calls: Calls, facts: RequestFacts): void {
  const { functionCall: call, functionResponse: result, inlineData, fileData, text } = part;
  if (part.thoughtSignature) facts.proofs.push(part.thoughtSignature);
  if (part.thought) return;
  if (call) facts.turns.push(`call ${calls.made(call.name)}: ${call.name} ${JSON.stringify(call.args ?? {})}`);
  else if (result)
    facts.turns.push(`result ${calls.answered(result.name)}: ${Object.values(result.response).join('')}`);
  else if (inlineData) facts.turns.push(`${role}: image data:${inlineData.mimeType};base64,${inlineData.data}`);
  else if (fileData) facts.turns.push(`${role}: image ${fileData.fileUri}`);
  else if (text) facts.turns.push(`${role}: ${text}`);
}
