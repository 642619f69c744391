import type { ProxyError } from '../hub/index.ts';

/** To be written. */
export interface Media {
  gather(
    links: readonly string[],
    life?: { onEnd(listener: (reason: ProxyError) => void): void },
  ): Promise<ReadonlyMap<string, { mime: string; data: string }>>;
}

export function createMedia(): Media {
  return { gather: async () => new Map() };
}
