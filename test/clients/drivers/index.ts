import { aiDrivers } from './ai.ts';
import { anthropicMessages, anthropicStream } from './anthropic.ts';
import { anthropicToolRunner } from './anthropic-tool-runner.ts';
import type { Driver } from './driver.ts';
import { genai } from './genai.ts';
import { instructor } from './instructor.ts';
import { langchainAnthropic, langchainOpenai, langchainResponses } from './langchain.ts';
import { llamaindex } from './llamaindex.ts';
import { mistral } from './mistral.ts';
import { ollama } from './ollama.ts';
import { azureOpenai, openaiChat } from './openai-chat.ts';
import { openaiCompletions } from './openai-completions.ts';
import { openaiResponses } from './openai-responses.ts';

/** The clients that are tried over every provider dialect: issue 4's list. */
export const drivers: readonly Driver[] = [
  openaiChat,
  openaiResponses,
  openaiCompletions,
  azureOpenai,
  anthropicMessages,
  anthropicStream,
  anthropicToolRunner,
  genai,
  mistral,
  langchainOpenai,
  langchainResponses,
  langchainAnthropic,
  llamaindex,
  instructor,
  ...aiDrivers,
  ollama,
];
