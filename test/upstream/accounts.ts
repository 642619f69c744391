import type { Auth, Deployment, Provider } from '../../src/hub/index.ts';

/** A deployment whose token must be made. */
export function accountOf(auth: Auth, more: Partial<Deployment> = {}): Deployment {
  const provider: Provider = { id: 'p', title: 'Pro Vider', dialect: 'openai-chat', base: '', auth: [auth] };
  return {
    id: 'd',
    group: 'p/m',
    provider,
    row: provider,
    model: 'm',
    places: {},
    settings: {},
    auth,
    base: 'https://h.example',
    origin: 'https://h.example',
    headers: {},
    defaults: {},
    forced: {},
    dropParams: false,
    alsoDrop: [],
    allowed: [],
    toolsInPrompt: false,
    timeoutMs: 5000,
    ...more,
  };
}
