import {
  type ByKind,
  type ErrorKind,
  type Fallback,
  type Json,
  plainRouting,
  type Routing,
  type Strategy,
} from '../hub/index.ts';
import { known } from './entry-params.ts';
import type { FileContent } from './schema.ts';
import { isJsonMap } from './tree.ts';

type RouterSettings = NonNullable<FileContent['router_settings']>;
type LitellmSettings = NonNullable<FileContent['litellm_settings']>;

const strategies: Readonly<Record<NonNullable<RouterSettings['routing_strategy']>, Strategy>> = {
  'simple-shuffle': 'shuffle',
  'least-busy': 'least-busy',
  'latency-based-routing': 'latency',
  'usage-based-routing': 'usage',
  'usage-based-routing-v2': 'usage',
  'cost-based-routing': 'cost',
};

/** LiteLLM's names of errors and what they are here. */
const kinds: Readonly<Record<string, readonly ErrorKind[]>> = {
  BadRequestError: ['invalid-request', 'unsupported-params'],
  AuthenticationError: ['authentication'],
  TimeoutError: ['timeout'],
  RateLimitError: ['rate-limit'],
  ContentPolicyViolationError: ['content-policy'],
  InternalServerError: ['upstream', 'overloaded', 'connection', 'bad-upstream-reply'],
};

/** Many settings are accepted in both sections; router_settings win (LITELLM.md 9.2). */
export function routingOf(router: RouterSettings, litellm: LitellmSettings): Routing {
  const said = { ...known(litellm), ...known(router) };
  const matchesAny = router.tag_filtering_match_any !== false;
  return {
    ...plainRouting,
    strategy: strategies[router.routing_strategy ?? 'simple-shuffle'],
    retryAfterMs: router.retry_after ?? plainRouting.retryAfterMs,
    cooldowns: router.disable_cooldowns !== true,
    cooldownMs: said.cooldown_time ?? plainRouting.cooldownMs,
    fallbacks: byGroup(said.fallbacks),
    windowFallbacks: byGroup(said.context_window_fallbacks),
    contentFallbacks: byGroup(said.content_policy_fallbacks),
    defaultFallbacks: fallbacksOf(said.default_fallbacks ?? []),
    maxFallbacks: said.max_fallbacks ?? plainRouting.maxFallbacks,
    checksWindow: router.enable_pre_call_checks === true,
    ...known({
      retries: said.num_retries,
      allowedFails: said.allowed_fails,
      retryPolicy: said.retry_policy && byKind(said.retry_policy),
      allowedFailsPolicy: said.allowed_fails_policy && byKind(said.allowed_fails_policy),
      groupRetryPolicy: said.model_group_retry_policy && eachByKind(said.model_group_retry_policy),
      tags: router.enable_tag_filtering === true ? (matchesAny ? 'any' : 'all') : undefined,
    }),
  };
}

function byGroup(list: readonly Record<string, readonly Json[]>[] = []): Record<string, Fallback[]> {
  return Object.fromEntries(
    list.flatMap((one) => Object.entries(one).map(([group, others]) => [group, fallbacksOf(others)])),
  );
}

function fallbacksOf(list: readonly Json[]): Fallback[] {
  return list.flatMap((one): Fallback[] => {
    if (typeof one === 'string') return [one.trim()];
    const model = isJsonMap(one) ? one['model'] : undefined;
    return isJsonMap(one) && typeof model === 'string' ? [{ ...one, model }] : [];
  });
}

/** `TimeoutErrorRetries`, `TimeoutErrorAllowedFails`. */
function byKind(policy: Readonly<Record<string, number | undefined>>): ByKind {
  const found: Partial<Record<ErrorKind, number>> = {};
  for (const [name, count] of Object.entries(policy)) {
    if (count === undefined) continue;
    for (const kind of kinds[name.replace(/(?:Retries|AllowedFails)$/, '')] ?? []) found[kind] = count;
  }
  return found;
}

function eachByKind(policies: Readonly<Record<string, Readonly<Record<string, number | undefined>>>>) {
  return Object.fromEntries(Object.entries(policies).map(([group, policy]) => [group, byKind(policy)]));
}
