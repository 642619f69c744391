import { Failure } from './failure.ts';
import type { Terminal } from './terminal.ts';

/** The first line of stdin, for `--api_key -`. */
export async function readKey(terminal: Terminal): Promise<string> {
  if (process.stdin.isTTY) terminal.say('info', 'Paste the key and press Enter:');
  let text = '';
  for await (const chunk of process.stdin) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  const key = (text.split(/\r?\n/)[0] ?? '').trim();
  if (key === '') throw new Failure('--api_key -: stdin holds no key', 2);
  return key;
}
