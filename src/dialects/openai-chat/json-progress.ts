const quote = 0x22;
const backslash = 0x5c;

/** Follows a JSON text in pieces and knows when its object, list or text is complete. */
export class JsonProgress {
  private depth = 0;
  private inString = false;
  private escaped = false;
  private begun = false;

  get complete(): boolean {
    return this.begun && this.depth === 0 && !this.inString;
  }

  take(text: string): void {
    for (let at = 0; at < text.length; at++) this.step(text.charCodeAt(at));
  }

  private step(code: number): void {
    if (this.inString) {
      if (this.escaped) this.escaped = false;
      else if (code === backslash) this.escaped = true;
      else if (code === quote) this.inString = false;
      return;
    }
    switch (code) {
      case quote:
        this.inString = true;
        this.begun = true;
        return;
      case 0x7b: // {
      case 0x5b: // [
        this.depth++;
        this.begun = true;
        return;
      case 0x7d: // }
      case 0x5d: // ]
        this.depth--;
    }
  }
}
