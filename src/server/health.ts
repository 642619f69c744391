import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { clients } from '../dialects/index.ts';
import type { Deployment, JsonObject } from '../hub/index.ts';
import { failure } from '../translate/index.ts';
import { members } from '../wire/index.ts';
import { ask } from './answer.ts';
import { callOf } from './call.ts';
import { type House, redacted } from './house.ts';
import { refusePages } from './origin.ts';

const keptMs = 60_000;
const probeMs = 60_000;

/** `GET /health`: tests every deployment with a tiny call. Results are kept for a minute, so that polling does not spend. */
export function healthCheck(house: House): (req: IncomingMessage) => Promise<JsonObject> {
  let last: { at: number; report: Promise<JsonObject> } | undefined;
  return (req) => {
    if (house.config.masterKey === undefined) refusePages(req);
    if (last === undefined || Date.now() - last.at > keptMs) last = { at: Date.now(), report: examine(house) };
    return last.report;
  };
}

async function examine(house: House): Promise<JsonObject> {
  const tested = await Promise.all(house.config.deployments.map((to) => probe(house, to)));
  const healthy = tested.filter((one) => one['error'] === undefined);
  const ill = tested.filter((one) => one['error'] !== undefined);
  return {
    healthy_endpoints: healthy,
    unhealthy_endpoints: ill,
    healthy_count: healthy.length,
    unhealthy_count: ill.length,
  };
}

async function probe(house: House, to: Deployment): Promise<JsonObject> {
  const shown = { model: to.group, provider: to.provider.id, api_base: to.origin };
  const body = {
    model: to.group,
    messages: [{ role: 'user', content: 'test from modelport' }],
    max_tokens: 16,
    drop_params: true,
  };
  const asked = { id: randomUUID(), operation: 'chat', headers: {}, url: '/health' } as const;
  const probeBody = members(Buffer.from(JSON.stringify(body)));
  try {
    await ask(
      house,
      callOf(asked, clients['openai-chat'], probeBody, house.config, (error) => error),
      to,
      {
        timeoutMs: probeMs,
      },
    );
    return shown;
  } catch (thrown) {
    return { ...shown, error: redacted(failure(thrown), house.redact).message };
  }
}
