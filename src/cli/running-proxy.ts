/** Asks a server what it is by its readiness route; undefined for what is no proxy of this kind. */
export async function identifyServer(url: string, waitMs: number): Promise<string | undefined> {
  try {
    const reply = await fetch(`${url}/health/readiness`, { signal: AbortSignal.timeout(waitMs), redirect: 'manual' });
    const text = (await reply.text()).slice(0, 10_000);
    const names = [...reply.headers.keys()].join(' ');
    if (/x-modelport/.test(names) || /modelport/i.test(text)) return 'another modelport';
    return reply.ok && /litellm|"status"/.test(text) ? 'another proxy (modelport or LiteLLM)' : undefined;
  } catch {
    return undefined;
  }
}
