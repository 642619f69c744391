type Tell = (kind: 'text' | 'thinking', text: string) => void;

const opening = /^\s*<(think|thinking)>\s*/;

/**
 * Models whose thoughts their server does not know write `<think>` before their answer. Tells both apart as they come,
 * whatever the pieces; the tag must be the first thing said.
 */
export class ThinkTags {
  private state: 'start' | 'thinking' | 'behind' | 'text' = 'start';
  private held = '';
  private tag = '';

  push(text: string, tell: Tell): void {
    if (this.state === 'text') {
      if (text !== '') tell('text', text);
      return;
    }
    this.held += text;
    this.read(tell);
  }

  /** Nothing more comes, or something else does: what was held is told as what it is so far. */
  flush(tell: Tell): void {
    const { held } = this;
    this.held = '';
    if (this.state === 'start' || this.state === 'behind') this.state = 'text';
    if (held.trim() !== '' || (held !== '' && this.tag === ''))
      tell(this.state === 'thinking' ? 'thinking' : 'text', held);
  }

  private read(tell: Tell): void {
    if (this.state === 'start') this.readStart();
    if (this.state === 'thinking') this.readThinking(tell);
    if (this.state === 'behind') this.held = this.held.trimStart();
    if ((this.state === 'behind' && this.held !== '') || this.state === 'text') {
      this.state = 'text';
      if (this.held !== '') tell('text', this.held);
      this.held = '';
    }
  }

  private readStart(): void {
    const found = opening.exec(this.held);
    if (found === null) {
      if (!mayBecome(this.held.trimStart(), '<thinking>') && !mayBecome(this.held.trimStart(), '<think>')) {
        this.state = 'text';
      }
      return;
    }
    // White space behind the tag may go on in the next piece.
    if (found[0].length === this.held.length) return;
    this.tag = `</${found[1]}>`;
    this.held = this.held.slice(found[0].length);
    this.state = 'thinking';
  }

  private readThinking(tell: Tell): void {
    const end = this.held.indexOf(this.tag);
    const most = end < 0 ? this.held.length - beginningOf(this.tag, this.held) : end;
    if (most > 0) tell('thinking', this.held.slice(0, most));
    this.held = this.held.slice(end < 0 ? most : end + this.tag.length);
    if (end >= 0) this.state = 'behind';
  }
}

function mayBecome(text: string, whole: string): boolean {
  return whole.startsWith(text);
}

/** How many characters at the end of the text may be the beginning of the tag. */
function beginningOf(tag: string, text: string): number {
  for (let length = Math.min(tag.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(tag.slice(0, length))) return length;
  }
  return 0;
}
