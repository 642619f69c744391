import { takenParams } from '../dialects/index.ts';
import type { Deployment } from '../hub/index.ts';
import type { Ledger } from '../ledger/index.ts';
import { seeing, windows } from '../providers/index.ts';

/** What is known of a model; what nobody says is missing. */
export interface ModelFacts {
  /** Tokens of conversation that it takes. */
  window?: number;
  /** The longest answer, in tokens. */
  longest?: number;
  /** Dollars a token. */
  input?: number;
  output?: number;
  cacheRead?: number;
  cacheWrite?: number;
  /** OpenAI's words that it takes. */
  takes: readonly string[];
  embeds: boolean;
  tools: boolean;
  sees: boolean;
  thinks: boolean;
  schemas: boolean;
}

/** Reads the price list on first use. */
export async function factsOf(ledger: Ledger, to: Deployment): Promise<ModelFacts> {
  const { row, provider, model } = to;
  const { takes } = takenParams(row);
  const embeds = to.embeds === true;
  const window = await windowOf(ledger, to);
  const { maxTokens } = row.most ?? {};
  return {
    ...(window === undefined ? {} : { window }),
    ...(maxTokens === undefined || embeds ? {} : { longest: maxTokens }),
    ...(await ledger.rates(provider, model)),
    takes,
    embeds,
    tools: !embeds && (takes.includes('tools') || to.toolsInPrompt || row.toolsInPrompt === true),
    sees: !embeds && seeing.test(model),
    thinks: !embeds && takes.includes('reasoning_effort'),
    schemas: !embeds && takes.includes('response_format'),
  };
}

/** Tokens; by the price list, which knows many, else by the model's family. */
export async function windowOf(ledger: Ledger, { provider, model }: Deployment): Promise<number | undefined> {
  return (await ledger.window(provider, model)) ?? windows.find(({ match }) => match.test(model))?.tokens;
}
