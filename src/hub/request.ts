/** A JSON value as `JSON.parse` returns it. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

/** HTTP headers; names in lower case. */
export type Headers = Record<string, string | string[] | undefined>;

/** The wire formats that modelport speaks. */
export type DialectId =
  | 'openai-chat'
  | 'openai-responses'
  | 'openai-completions'
  | 'anthropic-messages'
  | 'gemini'
  | 'bedrock-converse'
  | 'cohere'
  | 'ollama'
  | 'replicate';

/** What every node that a wire format decorates may carry. */
export interface Carried {
  /** A prompt-cache mark (`cache_control`): portable, so first class. */
  cache?: { ttl?: '5m' | '1h' };
  /** Owned fields without a hub name, under the dialect that wrote them; spread back only by that dialect. */
  extra?: { [D in DialectId]?: JsonObject };
}

/** Proof of thought: only its maker can read it, and refuses everybody else's. */
export interface Signature {
  by: DialectId;
  value: string;
  id?: string;
}

/** `start` and `end` count UTF-16 units of the block's text; `raw` goes back only to the dialect that wrote it. */
export interface Citation {
  url?: string;
  title?: string;
  file?: string;
  quote?: string;
  start?: number;
  end?: number;
  raw?: { by: DialectId; value: Json };
}

export type Source =
  | { kind: 'url'; url: string }
  | { kind: 'base64'; mime: string; data: string }
  | { kind: 'file-id'; id: string };

/** One piece of a message. A signature may lie on thinking, text and tool-call. */
export type Block = Carried & { signature?: Signature } & BlockBody;

type BlockBody =
  | { type: 'text'; text: string; citations?: Citation[] }
  | {
      type: 'media';
      media: 'image' | 'audio' | 'video' | 'file';
      source: Source;
      detail?: string;
      name?: string;
    }
  /** `redacted`: the data is the signature's value and the text is empty. */
  | { type: 'thinking'; text: string; redacted?: true }
  /**
   * `args` is JSON text as it was produced, never parsed on the way; '' means no arguments. Of a custom tool it is free
   * text.
   */
  | { type: 'tool-call'; kind?: 'custom'; namespace?: string; id: string; name: string; args: string }
  | {
      type: 'tool-result';
      callId: string;
      name?: string;
      content: Block[];
      failed?: boolean;
    }
  | { type: 'refusal'; text: string }
  /** Server tools and the future: reaches only its own dialect. */
  | { type: 'opaque'; dialect: DialectId; value: Json };

export interface Message extends Carried {
  role: 'system' | 'user' | 'assistant';
  blocks: Block[];
  name?: string;
}

export type Tool = Carried &
  (
    | {
        kind: 'function';
        name: string;
        /** Names of tools are unique within one. */
        namespace?: string;
        description?: string;
        schema: Json;
        strict?: boolean;
      }
    /** Takes free text; `format`: a grammar for it, in OpenAI's form. */
    | { kind: 'custom'; name: string; namespace?: string; description?: string; format?: Json }
    /** `search`: what it is where it searches the web, which several vendors do. */
    | { kind: 'hosted'; dialect: DialectId; value: JsonObject; search?: WebSearch }
  );

/** `location`: city, region, country, timezone. `size`: how much of what is found the model reads, in OpenAI's words. */
export interface WebSearch {
  size?: string;
  location?: JsonObject;
  allowed?: string[];
  blocked?: string[];
  uses?: number;
}

/** `only`: names of functions, and types of hosted tools; no other may be called, though all are told to the model. */
export type ToolChoice =
  | { kind: 'auto' | 'any'; only?: readonly string[] }
  | { kind: 'none' }
  | { kind: 'one'; name: string };

export type Output = { kind: 'json' } | { kind: 'schema'; name: string; schema: Json; strict?: boolean };

/** Sampling parameters with one meaning in every dialect. Absent means the key is missing, never null. */
export interface Params {
  maxTokens?: number;
  temperature?: number;
  topP?: number;
  topK?: number;
  stop?: string[];
  seed?: number;
  n?: number;
  presencePenalty?: number;
  frequencyPenalty?: number;
  logitBias?: JsonObject;
  logprobs?: boolean;
  topLogprobs?: number;
  parallelToolCalls?: boolean;
  /** `budget` in tokens; 0 asks for no reasoning, as effort 'none' does. `summary`: how thoughts are told (OpenAI's words). */
  reasoning?: { effort?: string; budget?: number; summary?: string };
  user?: string;
}

/** Parameters that are carried under their name without a meaning of their own in the hub. */
export type OtherParam =
  | 'streamOptions'
  | 'modalities'
  | 'audio'
  | 'prediction'
  | 'verbosity'
  | 'webSearch'
  | 'serviceTier'
  | 'safetyIdentifier'
  | 'promptCacheKey'
  | 'promptCacheRetention'
  | 'contextManagement'
  | 'metadata'
  | 'maxRetries'
  | 'extraHeaders';

export type ParamName = keyof Params | OtherParam | 'tools' | 'toolChoice' | 'output' | 'stream' | 'store';

/** A chat request in no vendor's words. Read-only once decoded: attempts share it. */
export interface HubRequest {
  from: DialectId;
  model: string;
  messages: Message[];
  stream: boolean;
  params: Params;
  named?: { [P in OtherParam]?: Json };
  tools?: Tool[];
  toolChoice?: ToolChoice;
  output?: Output;
  /** The id of the stored answer that this request goes on from. */
  previous?: string;
  store?: boolean;
  extra?: NonNullable<Carried['extra']>;
  /** Top-level keys that no dialect owns; they go to any provider. */
  unknown: JsonObject;
}
