import { ApiError, type Content, type GenerateContentConfig, GoogleGenAI, type Part } from '@google/genai';
import { weather } from '../spoken.ts';
import { bothModes, type Driver, type Heard, type How, type Talk, zip } from './driver.ts';

export const genai: Driver = {
  name: '@google/genai',
  absent: {},
  modes: bothModes,
  finishes: ['STOP', 'STOP'],
  keepsProofs: bothModes,
  open: (baseUrl, apiKey) => {
    const client = new GoogleGenAI({ apiKey, httpOptions: { baseUrl } });
    return {
      talk: (how) => talk(client, how),
      isError: (thrown, status) => thrown instanceof ApiError && thrown.status === status,
      count: async (contents) => (await client.models.countTokens({ model: 'asked', contents })).totalTokens ?? 0,
    };
  },
};

function configOf(how: How): GenerateContentConfig {
  const { name, description, parameters } = weather;
  const declaration = { name, description, parametersJsonSchema: parameters };
  return {
    ...(how.system === undefined ? {} : { systemInstruction: how.system }),
    ...(how.maxTokens === undefined ? {} : { maxOutputTokens: how.maxTokens }),
    ...(how.temperature === undefined ? {} : { temperature: how.temperature }),
    ...(how.tools ? { tools: [{ functionDeclarations: [declaration] }] } : {}),
    ...(how.thinks ? { thinkingConfig: { includeThoughts: true, thinkingBudget: 2048 }, maxOutputTokens: 4096 } : {}),
    ...(how.signal === undefined ? {} : { abortSignal: how.signal }),
  };
}

function talk(client: GoogleGenAI, how: How): Talk {
  const contents: Content[] = [];
  let calls: Part[] = [];
  const turn = async (): Promise<Heard> => {
    const parts: Part[] = [];
    const heard: Heard = { text: '', thought: '', calls: [], finish: '' };
    for await (const answer of ask(client, contents, how)) {
      const [candidate] = answer.candidates ?? [];
      const { promptTokenCount, candidatesTokenCount } = answer.usageMetadata ?? {};
      heard.finish = candidate?.finishReason ?? heard.finish;
      if (candidatesTokenCount !== undefined) heard.usage = [promptTokenCount, candidatesTokenCount];
      for (const part of candidate?.content?.parts ?? []) {
        parts.push(part);
        if (part.thought) heard.thought += part.text ?? '';
        else if (part.text) {
          heard.text += part.text;
          how.onText?.(part.text);
        }
      }
    }
    contents.push({ role: 'model', parts });
    calls = parts.filter(({ functionCall }) => functionCall !== undefined);
    heard.calls = calls.map(({ functionCall: { name = '', args } = {} }) => ({ name, args }));
    return heard;
  };
  return {
    say: (text, picture) => {
      const image = { inlineData: { mimeType: 'image/png', data: picture ?? '' } };
      contents.push({ role: 'user', parts: picture === undefined ? [{ text }] : [{ text }, image] });
      return turn();
    },
    tell: (results) => {
      const parts = zip(calls, results).map(([{ functionCall: { id, name = '' } = {} }, output]): Part => {
        return { functionResponse: { ...(id === undefined ? {} : { id }), name, response: { output } } };
      });
      contents.push({ role: 'user', parts });
      return turn();
    },
  };
}

async function* ask(client: GoogleGenAI, contents: Content[], how: How) {
  const asking = { model: 'asked', contents, config: configOf(how) };
  if (how.mode === 'stream') yield* await client.models.generateContentStream(asking);
  else yield await client.models.generateContent(asking);
}
