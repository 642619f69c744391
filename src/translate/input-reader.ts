import { isObject, readJson } from '../wire/index.ts';

const start = /^\s*\{\s*"input"\s*:\s*"/;
/** What may still become the start. */
const startSoFar = /^\s*(?:\{\s*(?:"(?:i(?:n(?:p(?:u(?:t(?:"\s*(?::\s*)?)?)?)?)?)?)?)?)?$/;
const escapes = /\\(?:u([0-9a-fA-F]{4})|(.))/gs;

const letters: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' };

/**
 * Reads the text out of `{"input": "..."}` as it comes. Arguments of any other shape wait until they are whole: then the
 * text is `input`, the only text there is, or all that was said.
 */
export class InputReader {
  private state: 'before' | 'inside' | 'behind' | 'odd' = 'before';
  /** What has come and is not told: the start, half an escape, or all of an odd shape. */
  private held = '';

  /** More of the arguments; returns the text that they tell. */
  push(piece: string): string {
    if (this.state === 'behind') return '';
    this.held += piece;
    if (this.state === 'before') this.begin();
    return this.state === 'inside' ? this.read() : '';
  }

  /** The arguments are over. */
  end(): string {
    const { state, held } = this;
    this.held = '';
    if (state !== 'odd' && state !== 'before') return '';
    const whole = readJson(held);
    if (typeof whole === 'string') return whole;
    if (!isObject(whole)) return held;
    if (typeof whole.input === 'string') return whole.input;
    const values = Object.values(whole);
    const [only] = values;
    if (values.length === 0) return '';
    return values.length === 1 && typeof only === 'string' ? only : held;
  }

  private begin(): void {
    const found = start.exec(this.held);
    if (found !== null) {
      this.held = this.held.slice(found[0].length);
      this.state = 'inside';
    } else if (!startSoFar.test(this.held)) this.state = 'odd';
  }

  private read(): string {
    const end = closingQuote(this.held);
    let text = this.held;
    if (end >= 0) {
      text = text.slice(0, end);
      this.held = '';
      this.state = 'behind';
    } else {
      const cut = wholeLength(text);
      this.held = text.slice(cut);
      text = text.slice(0, cut);
    }
    if (!text.includes('\\')) return text;
    return text.replace(escapes, (_, code: string | undefined, letter: string | undefined) =>
      code !== undefined ? String.fromCharCode(Number.parseInt(code, 16)) : (letters[letter ?? ''] ?? letter ?? ''),
    );
  }
}

function closingQuote(text: string): number {
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) === 0x5c) at++;
    else if (text.charCodeAt(at) === 0x22) return at;
  }
  return -1;
}

/** Without an escape at the end that has not come whole; two backslashes are one that has. */
function wholeLength(text: string): number {
  let at = text.indexOf('\\');
  while (at >= 0) {
    const end = at + (text.charCodeAt(at + 1) === 0x75 ? 6 : 2);
    if (end > text.length) return at;
    at = text.indexOf('\\', end);
  }
  return text.length;
}
