import type { JsonObject } from '../../hub/index.ts';

const start = '{"type":"content_block_delta","index":';
/** How Anthropic's API and its faithful copies spell the deltas that make up a stream. */
const kinds = ['text', 'thinking', 'json'] as const;
const leads = {
  text: ',"delta":{"type":"text_delta","text":"',
  thinking: ',"delta":{"type":"thinking_delta","thinking":"',
  json: ',"delta":{"type":"input_json_delta","partial_json":"',
};
/** Behind the text; the API pads its events with blanks. */
const plainEnding = '"}}';
const ending = /^"\} *\}$/;

/** What stands before a delta's text, which is the same for all deltas of a block. */
interface Lead {
  text: string;
  kind: (typeof kinds)[number];
  index: number;
}

/** Reads the deltas of one stream that are in the usual spelling, without parsing them (a fifth of a translated stream's CPU). */
export class UsualDeltas {
  #lead: Lead | undefined;

  /** Undefined: parse it. */
  read(data: string): JsonObject | undefined {
    let lead = this.#lead;
    // a slice that is compared costs a tenth of startsWith, which goes letter by letter
    if (lead === undefined || data.slice(0, lead.text.length) !== lead.text) {
      lead = leadOf(data);
      if (lead === undefined) return undefined;
      this.#lead = lead;
    }
    const from = lead.text.length;
    const end = data.indexOf('"', from);
    if (end < 0) return undefined;
    const text = data.slice(from, end);
    const rest = data.slice(end);
    // a quote or an escape in the text is the parser's
    if (text.includes('\\') || (rest !== plainEnding && !ending.test(rest))) return undefined;
    return deltaOf(lead, text);
  }
}

function leadOf(data: string): Lead | undefined {
  if (data.slice(0, start.length) !== start) return undefined;
  const comma = data.indexOf(',', start.length);
  const index = Number(data.slice(start.length, comma));
  if (!Number.isInteger(index)) return undefined;
  const kind = kinds.find((one) => data.startsWith(leads[one], comma));
  return kind === undefined ? undefined : { text: data.slice(0, comma) + leads[kind], kind, index };
}

/** One literal for each kind: a computed name in a literal costs as much as all the rest. */
function deltaOf({ kind, index }: Lead, text: string): JsonObject {
  switch (kind) {
    case 'text':
      return { type: 'content_block_delta', index, delta: { type: 'text_delta', text } };
    case 'thinking':
      return { type: 'content_block_delta', index, delta: { type: 'thinking_delta', thinking: text } };
    case 'json':
      return { type: 'content_block_delta', index, delta: { type: 'input_json_delta', partial_json: text } };
  }
}
