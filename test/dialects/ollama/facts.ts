import type { Recording } from '../fixtures.ts';
import type { ReplyFacts } from '../read-reply.ts';

interface Line {
  model?: string;
  message?: {
    content?: string;
    thinking?: string;
    tool_calls?: { function: { name: string; arguments: unknown } }[];
  };
  response?: string;
  thinking?: string;
  done?: boolean;
  done_reason?: string;
  prompt_eval_count?: number;
  eval_count?: number;
}

/** What a recording of /api/chat or /api/generate says, read apart from the codec; calls have no ids. */
export function readFacts(recording: Recording): ReplyFacts & { urls: string[] } {
  const lines: Line[] = recording.body
    .toString('utf8')
    .trim()
    .split(recording.meta.stream ? '\n' : /(?!)/)
    .map((line) => JSON.parse(line));
  const last = lines.find(({ done }) => done === true);
  const calls = lines.flatMap(({ message }) => message?.tool_calls ?? []);
  const join = (read: (line: Line) => string | undefined): string => lines.map((line) => read(line) ?? '').join('');
  const said = join(({ message, response }) => message?.content ?? response);
  const tagged = /^\s*<think>\s*([\s\S]*?)<\/think>\s*([\s\S]*)$/.exec(said);
  return {
    id: '',
    model: lines[0]?.model ?? '',
    text: tagged?.[2] ?? said,
    thinking: join(({ message, thinking }) => message?.thinking ?? thinking) + (tagged?.[1] ?? ''),
    proofs: [],
    calls: calls.map(({ function: fn }) => ['', fn.name, fn.arguments]),
    finish: calls.length > 0 ? 'tool_calls' : (last?.done_reason ?? 'none'),
    usage: { input: last?.prompt_eval_count ?? 0, output: last?.eval_count ?? 0, cacheRead: 0 },
    urls: [],
  };
}
