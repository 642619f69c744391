import {
  type Config,
  type Deployment,
  type ErrorKind,
  ProxyError,
  plainRouting,
  type Routing,
  type Share,
  type Shared,
} from '../../src/hub/index.ts';
import { createShared } from '../../src/ledger/index.ts';
import { attempt, type Means, type Trial, type Try } from '../../src/router/index.ts';
import { deployment } from '../translate/desk.ts';

/** The begin of a minute. */
export const start = 1_700_000_040_000;

export interface Clock {
  now: number;
  /** What was waited for, in milliseconds. */
  waits: number[];
  means: Means;
  shared: Shared;
}

/** A clock that moves only when somebody waits, and dice that fall as told. */
export function clock(random: () => number = () => 0.5): Clock {
  const made: Clock = {
    now: start,
    waits: [],
    shared: createShared(() => made.now),
    means: {
      get shared() {
        return made.shared;
      },
      now: () => made.now,
      random,
      wait: async (ms) => {
        made.waits.push(ms);
        made.now += ms;
      },
      price: () => undefined,
    },
  };
  return made;
}

/** `share` of the one deployment `id` of `group`. */
export function one(id: string, group = 'g', share?: Share, more: Partial<Deployment> = {}): Deployment {
  return deployment({}, { id, group, ...(share && { share }), ...more });
}

export function config(
  deployments: readonly Deployment[],
  routing: Partial<Routing> = {},
  more: Partial<Config> = {},
): Config {
  return {
    deployments,
    anyModel: false,
    aliases: {},
    routing: { ...plainRouting, ...routing },
    ...{ clientKeys: false, privateMedia: false, port: 1, rootPath: '', allowedHosts: [], allowedOrigins: [] },
    ...{ drainMs: 1, keepAliveMs: 1, maxBody: 1, maxReply: 1, maxEvent: 1, secrets: [], mounts: [] },
    ...more,
  };
}

/** What a provider answers: text, or an error. `429:7` says to come back after 7 seconds. */
export type Answers = Record<string, string | ((nth: number) => string)>;

const kinds: Record<string, ErrorKind> = {
  '400': 'invalid-request',
  '401': 'authentication',
  '403': 'permission',
  '404': 'not-found',
  '408': 'timeout',
  '429': 'rate-limit',
  '500': 'upstream',
  '502': 'connection',
  '503': 'overloaded',
  window: 'context-window',
  content: 'content-policy',
};

export function failing(code: string): ProxyError {
  const [word = '', seconds] = code.split(':');
  const kind = kinds[word];
  if (kind === undefined) throw new Error(`no error is called ${code}`);
  return new ProxyError(kind, `it said ${code}`, {
    provider: 'acme',
    upstream: { status: 1, headers: {}, body: '' },
    ...(seconds === undefined ? {} : { retryAfterMs: Number(seconds) * 1000 }),
  });
}

export interface Told {
  /** Who was asked, in order. */
  asked: string[];
  tries: Try[];
  /** The answer, or what went wrong. */
  end: string;
  error?: ProxyError;
  over?: (end?: { usage?: { input: number; output: number }; error?: ProxyError }) => void;
  retries: number;
  fallbacks: number;
}

/** One call: who was asked and how it ended. Whoever is not in `answers` answers `ok`. */
export async function tell(
  world: Clock,
  of: Config,
  answers: Answers,
  more: Partial<Trial> & { ms?: number } = {},
): Promise<Told> {
  const told: Told = { asked: [], tries: [], end: '', retries: 0, fallbacks: 0 };
  const counts = new Map<string, number>();
  const { ms = 0, ...trial } = more;
  const send = async (to: Deployment, at: Try): Promise<string> => {
    const nth = counts.get(to.id) ?? 0;
    counts.set(to.id, nth + 1);
    told.asked.push(to.id);
    told.tries.push(at);
    world.now += ms;
    const said = answers[to.id] ?? 'ok';
    const text = typeof said === 'string' ? said : said(nth);
    if (/^(?:\d{3}(?::[\d.]+)?|window|content)$/.test(text)) throw failing(text);
    return text;
  };
  try {
    const asking = { model: 'g', operation: 'chat', config: of, means: world.means, ...trial } as const;
    const tried = await attempt(asking, send, (text) => (text === 'filtered' ? failing('content') : undefined));
    Object.assign(told, { end: tried.value, retries: tried.retries, fallbacks: tried.fallbacks, over: tried.over });
  } catch (thrown) {
    if (!(thrown instanceof ProxyError)) throw thrown;
    Object.assign(told, { end: `${thrown.status} ${thrown.message}`, error: thrown });
  }
  return told;
}
