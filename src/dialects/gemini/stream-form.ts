/** How pieces of a stream are put beside each other. */
export interface Frames {
  type: string;
  ping: string;
  frame(json: string): string;
  close(): string;
}

/** Whether a client's URL asks for Server-sent events. */
export function asksEvents(query: URLSearchParams): boolean {
  return (query.get('alt') ?? query.get('$alt'))?.toLowerCase() === 'sse';
}

/** Without pings: readers of Google's streams take comments for broken events. */
export function serverEvents(): Frames {
  const frame = (json: string): string => `data: ${json}\r\n\r\n`;
  return { type: 'text/event-stream', ping: '', frame, close: () => '' };
}

/** One array, an element for each reply; blanks between them say nothing. */
export function jsonArray(): Frames {
  let begun = false;
  return {
    type: 'application/json; charset=UTF-8',
    ping: '\n',
    frame: (json) => {
      const lead = begun ? ',\r\n' : '[';
      begun = true;
      return lead + json;
    },
    close: () => (begun ? '\n]\n' : '[]\n'),
  };
}
