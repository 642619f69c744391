import type { JsonObject } from '../../hub/index.ts';

/** Items of an answer, in numbered frames; `items` is what they add up to. */
export class AnswerOutput {
  readonly items: JsonObject[] = [];
  private number = 0;

  event(type: string, fields: JsonObject): string {
    return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields, sequence_number: this.number++ })}\n\n`;
  }

  /** The delta of a text. `lead`: what stands before it, the same for a whole block, so that it is joined once. */
  delta(lead: string, text: string): string {
    return `${lead}${JSON.stringify(text)},"sequence_number":${this.number++}}\n\n`;
  }

  /** An item begins. */
  add(item: JsonObject): { index: number; told: string } {
    const index = this.items.push(item) - 1;
    return { index, told: this.event('response.output_item.added', { output_index: index, item }) };
  }

  done(index: number, item: JsonObject): string {
    this.items[index] = item;
    return this.event('response.output_item.done', { output_index: index, item });
  }

  /** An item that is whole at once. */
  whole(item: JsonObject): string {
    const { index, told } = this.add(item);
    return told + this.done(index, item);
  }
}

export function leadOf(type: string, fields: JsonObject): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields }).slice(0, -1)},"delta":`;
}
