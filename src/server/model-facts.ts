import { takenParams } from '../dialects/index.ts';
import { type Deployment, type MediaKind, type Price, ratedModel } from '../hub/index.ts';
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
  /** What it makes in place of a chat. */
  makes?: MediaKind;
  tools: boolean;
  sees: boolean;
  thinks: boolean;
  schemas: boolean;
}

/** Reads the price list on first use. */
export async function factsOf(ledger: Ledger, to: Deployment): Promise<ModelFacts> {
  const { row, provider, model, price = {} } = to;
  const { takes } = takenParams(row);
  const embeds = to.embeds === true;
  const window = await windowOf(ledger, to);
  const longest = saidOf(to, 'max_output_tokens') ?? saidOf(to, 'max_tokens') ?? row.most?.maxTokens;
  return {
    ...(window === undefined ? {} : { window }),
    ...(longest === undefined || embeds ? {} : { longest }),
    ...(await ledger.rates(provider, ratedModel(to))),
    ...ratesOf(price),
    takes,
    embeds,
    ...(to.makes === undefined ? {} : { makes: to.makes }),
    tools: !embeds && (takes.includes('tools') || to.toolsInPrompt || row.toolsInPrompt === true),
    sees: !embeds && seeing.test(model),
    thinks: !embeds && takes.includes('reasoning_effort'),
    schemas: !embeds && takes.includes('response_format'),
  };
}

/** Tokens; as the user says, else by the price list, which knows many, else by the model's family. */
export async function windowOf(ledger: Ledger, to: Deployment): Promise<number | undefined> {
  const model = ratedModel(to);
  const said = saidOf(to, 'max_input_tokens') ?? (await ledger.window(to.provider, model));
  return said ?? windows.find(({ match }) => match.test(model))?.tokens;
}

/** A number of model_info; texts were numbers too. */
function saidOf({ info }: Deployment, word: string): number | undefined {
  const value = info?.[word];
  return typeof value === 'number' ? value : undefined;
}

function ratesOf({ call: _, ...rates }: Price): Price {
  return rates;
}
