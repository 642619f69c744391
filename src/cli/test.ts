import type { Environment } from '../config/index.ts';
import { type Answer, ask, firstModel } from './ask.ts';
import { Failure } from './failure.ts';
import type { CliFlags } from './flags.ts';
import { reach } from './reach.ts';
import { oneLine, type Terminal } from './terminal.ts';

const samplePrompt = 'Say hello in one short sentence.';

/** `modelport test`: one sample chat; the answer on stdout, everything else on stderr. Resolves with the exit code. */
export async function test(
  words: readonly string[],
  flags: CliFlags,
  env: Environment,
  terminal: Terminal,
): Promise<number> {
  const asked = { model: flags.model };
  try {
    const answer = await sampleChat(words.join(' ') || samplePrompt, flags, env, terminal, asked);
    if (flags.json) terminal.print(JSON.stringify({ ok: true, ...report(answer) }));
    else tell(answer, flags, terminal);
    return 0;
  } catch (thrown) {
    if (!(thrown instanceof Failure) || !flags.json) throw thrown;
    const error = { message: oneLine(thrown.message, 2000), exit_code: thrown.exitCode };
    terminal.print(JSON.stringify({ ok: false, ...(asked.model === undefined ? {} : { model: asked.model }), error }));
    return thrown.exitCode;
  }
}

async function sampleChat(
  prompt: string,
  flags: CliFlags,
  env: Environment,
  terminal: Terminal,
  asked: { model: string | undefined },
): Promise<Answer> {
  const { stream = false, json = false, quiet = false } = flags;
  const timeoutMs = (flags.request_timeout ?? 600) * 1000;
  const proxy = await reach(flags, env, terminal);
  const spinner = quiet || json ? undefined : await spin(proxy.which, terminal);
  try {
    const model = flags.model ?? (await firstModel(proxy, timeoutMs));
    asked.model = model;
    const question = {
      model,
      prompt,
      stream,
      timeoutMs,
      ...(flags.max_tokens === undefined ? {} : { maxTokens: flags.max_tokens }),
    };
    return await ask(proxy, question, (text) => {
      spinner?.stop();
      if (stream && json) terminal.print(JSON.stringify({ event: 'text', text }));
      else if (stream) terminal.write(text);
    });
  } finally {
    spinner?.stop();
    await proxy.close();
  }
}

/** A spinner where somebody watches, else a line. On a terminal without a width (some CI, containers) ora never ends. */
async function spin(text: string, terminal: Terminal): Promise<{ stop(): void } | undefined> {
  if (!process.stderr.isTTY || !process.stderr.columns || terminal.style.level === 0) {
    terminal.say('info', text);
    return undefined;
  }
  const { default: ora } = await import('ora');
  return ora({ text, stream: process.stderr, discardStdin: false }).start();
}

function tell(answer: Answer, { stream, quiet }: CliFlags, terminal: Terminal): void {
  terminal.print(stream ? '' : answer.text);
  if (quiet) return;
  const { input, output, firstTokenMs, totalMs, finish } = answer;
  const parts = [
    oneLine(answer.model),
    ...(input === undefined || output === undefined ? [] : [`${input} tokens in, ${output} out`]),
    `first token after ${Math.round(firstTokenMs)} ms`,
    `${Math.round(totalMs)} ms in all`,
    ...(finish === undefined || finish === 'stop' ? [] : [`ended by ${oneLine(finish, 40)}`]),
  ];
  terminal.say('info', parts.join(', '));
}

function report(answer: Answer): Record<string, unknown> {
  const { input, output } = answer;
  return {
    model: answer.model,
    text: answer.text,
    finish_reason: answer.finish ?? null,
    usage: input === undefined || output === undefined ? null : { prompt_tokens: input, completion_tokens: output },
    first_token_ms: Math.round(answer.firstTokenMs),
    total_ms: Math.round(answer.totalMs),
  };
}
