/**
 * Annotations count characters (code points), the hub counts UTF-16 units. Remembers where the two drift apart instead
 * of keeping the text.
 */
export class Characters {
  private units = 0;
  /** Unit positions of the characters that take two units, ascending. */
  private readonly wide: number[] = [];

  get length(): number {
    return this.units;
  }

  take(text: string): void {
    if (/[\ud800-\udbff]/.test(text)) {
      for (let at = 0; at < text.length; at++) {
        const code = text.charCodeAt(at);
        if (code >= 0xd800 && code <= 0xdbff) this.wide.push(this.units + at);
      }
    }
    this.units += text.length;
  }

  toUnits(characters: number): number {
    let before = 0;
    for (const position of this.wide) {
      if (position - before >= characters) break;
      before++;
    }
    return characters + before;
  }

  toCharacters(units: number): number {
    let before = 0;
    for (const position of this.wide) {
      if (position >= units) break;
      before++;
    }
    return units - before;
  }
}
