/** The wires as a client or provider reads them, written apart from the codecs: only what the readers look at. */
export interface ChatCall {
  index?: number;
  id?: string;
  function: { name?: string; arguments?: string };
  cache_control?: CacheMark;
}

export interface CacheMark {
  type: 'ephemeral';
  ttl?: string;
}

interface ChatPart {
  type: string;
  text?: string;
  refusal?: string;
  image_url?: { url: string };
  cache_control?: CacheMark;
}

interface ThinkingBlock {
  type: string;
  thinking?: string;
  signature?: string;
  data?: string;
}

export interface ChatMessage {
  role?: string;
  content?: string | ChatPart[] | null;
  refusal?: string | null;
  reasoning_content?: string | null;
  thinking_blocks?: ThinkingBlock[];
  tool_calls?: ChatCall[];
  tool_call_id?: string;
  cache_control?: CacheMark;
}

interface ChatUsage {
  prompt_tokens: number;
  completion_tokens: number;
  prompt_tokens_details?: {
    cached_tokens?: number;
    cache_creation_tokens?: number;
  } | null;
}

export interface ChatReply {
  id: string;
  model: string;
  choices: {
    index: number;
    message: ChatMessage;
    finish_reason: string | null;
  }[];
  usage?: ChatUsage | null | undefined;
}

export interface ChatChunk {
  id: string;
  model: string;
  choices: {
    index: number;
    delta: ChatMessage;
    finish_reason?: string | null;
  }[];
  usage?: ChatUsage | null | undefined;
  error?: { message: string };
}

interface ChatTool {
  type: string;
  function: { name: string; description?: string; parameters: unknown };
  cache_control?: CacheMark;
}

export interface ChatRequest {
  model: string;
  messages: ChatMessage[];
  max_tokens?: number;
  max_completion_tokens?: number;
  temperature?: number;
  top_p?: number;
  stop?: string | string[];
  tools?: ChatTool[];
  tool_choice?: string | { function: { name: string } };
  response_format?: { type: string; json_schema?: { schema: unknown } };
}

export interface MessageBlock {
  type: string;
  text?: string;
  thinking?: string;
  signature?: string;
  data?: string;
  id?: string;
  name?: string;
  input?: unknown;
  source?: { type: string; url?: string; media_type?: string; data?: string };
  tool_use_id?: string;
  content?: string | MessageBlock[];
  cache_control?: CacheMark;
}

interface MessagesUsage {
  input_tokens?: number | null;
  output_tokens?: number | null;
  cache_read_input_tokens?: number | null;
  cache_creation_input_tokens?: number | null;
}

export interface MessagesReply {
  id: string;
  model: string;
  content: MessageBlock[];
  stop_reason: string | null;
  stop_sequence?: string | null;
  usage: MessagesUsage;
}

export type MessagesEvent =
  | { type: 'message_start'; message: MessagesReply }
  | { type: 'content_block_start'; index: number; content_block: MessageBlock }
  | {
      type: 'content_block_delta';
      index: number;
      delta: {
        type: string;
        text?: string;
        thinking?: string;
        signature?: string;
        partial_json?: string;
      };
    }
  | { type: 'content_block_stop'; index: number }
  | {
      type: 'message_delta';
      delta: { stop_reason: string | null; stop_sequence?: string | null };
      usage?: MessagesUsage;
    }
  | { type: 'message_stop' }
  | { type: 'ping' }
  | { type: 'error'; error: { type: string; message: string } };

export interface MessagesRequest {
  model: string;
  max_tokens: number;
  system?: string | MessageBlock[];
  messages: { role: string; content: string | MessageBlock[] }[];
  temperature?: number;
  top_p?: number;
  stop_sequences?: string[];
  tools?: {
    name: string;
    description?: string;
    input_schema: unknown;
    cache_control?: CacheMark;
  }[];
  tool_choice?: { type: string; name?: string };
  output_config?: { format?: { schema: unknown } };
}
