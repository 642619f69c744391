import { ProxyError } from '../hub/index.ts';

const longest = 2 ** 31 - 1;

/** Rejects with timeout after `ms` (0: never); what the promise waits for is left to itself. `lacking`: what there is none of. */
export async function inTime<T>(promise: Promise<T>, ms: number, lacking: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const text = `no ${lacking} within ${Math.round(ms / 100) / 10} s`;
    timer = setTimeout(() => reject(new ProxyError('timeout', text)), ms > 0 ? Math.min(ms, longest) : longest);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
