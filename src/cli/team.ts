import cluster, { type Worker } from 'node:cluster';
import type { Change, Config } from '../hub/index.ts';
import type { createProxy, Sink } from '../server/index.ts';
import { closeLost } from './lost-connections.ts';
import { type FromWorker, gather, keyVariable, type ToWorker, unreadable, workerVariable } from './messages.ts';

/** A worker that ends sooner than this has failed to start; the next one waits as long. */
const soonMs = 1000;
/** As many in a row, and no more are started. */
const mostEarly = 5;
/** How long until it is tried again whether the configuration can be read. */
const unreadableMs = 2000;
/** What a worker gets on top of the drain before it is ended. */
const graceMs = 1000;
const mostFacts = 300;
/** What a process that comes later learns anew. */
const brief: ReadonlySet<Change['type']> = new Set(['took', 'cached', 'uncached']);

/**
 * Several processes that serve one port as one proxy (`--num_workers`). This one, the first, serves nothing: it starts
 * them, tells each what the others learnt, writes the log, and starts another where one died. `key`: from stdin.
 */
export function createTeam(
  size: number,
  config: Config,
  sink: Sink,
  key: string | undefined,
): ReturnType<typeof createProxy> {
  const team = new Team(config, sink);
  return {
    async listen() {
      cluster.setupPrimary({ windowsHide: true });
      const ready = Array.from({ length: size }, (_, index) => team.start(index + 1, key));
      const [first] = await Promise.all(ready).catch((thrown: unknown) => {
        team.end();
        throw thrown;
      });
      if (first === undefined) throw new Error('no worker was asked for');
      return { ...first, loaded: Promise.resolve() };
    },
    reload: () => team.tellAll({ type: 'reload' }),
    close: () => team.close(),
  };
}

interface Ready {
  port: number;
  hosts: readonly string[];
}

interface Member {
  worker: Worker;
  /** Calls that it has under way, by deployment: they end with it. */
  busy: Map<string, number>;
  /** Waits for it to listen. */
  heard(message: FromWorker): void;
}

class Team {
  readonly #config: Config;
  readonly #sink: Sink;
  readonly #members = new Map<number, Member>();
  /** What a worker that comes later must know. */
  #lasting: Change[] = [];
  #closing = false;
  #early = 0;
  #gone: (() => void) | undefined;

  constructor(config: Config, sink: Sink) {
    this.#config = config;
    this.#sink = sink;
  }

  /** Resolves when it listens; rejects with the socket's error. */
  start(number: number, key: string | undefined): Promise<Ready> {
    const worker = cluster.fork({
      [workerVariable]: String(number),
      ...(key === undefined ? {} : { [keyVariable]: key }),
    });
    closeLost(worker);
    const since = Date.now();
    return new Promise((resolve, reject) => {
      const heard = (message: FromWorker): void => {
        if (message.type === 'ready') resolve(message);
        else if (message.type === 'failed') reject(Object.assign(new Error(message.message), { code: message.code }));
      };
      const member: Member = { worker, busy: new Map(), heard };
      this.#members.set(number, member);
      worker.on('message', (message: FromWorker) => this.#hear(member, message));
      worker.on('error', () => {});
      worker.once('exit', (code, signal) => {
        reject(new Error(`a worker ended with ${signal ?? `code ${code}`} before it served`));
        this.#left(number, member);
        const again = (): void => {
          if (!this.#closing) this.start(number, key).catch(() => {});
        };
        if (code === unreadable) setTimeout(again, unreadableMs);
        else if (!this.#closing) this.#replace(number, again, Date.now() - since, signal ?? `code ${code}`);
      });
      if (this.#lasting.length > 0) tell(worker, { type: 'changes', changes: this.#lasting });
    });
  }

  tellAll(message: ToWorker, but?: Member): void {
    for (const member of this.#members.values()) if (member !== but) tell(member.worker, message);
  }

  /** Every worker drains; what does not end then is ended. */
  async close(): Promise<void> {
    this.#closing = true;
    if (this.#members.size === 0) return;
    const gone = new Promise<void>((resolve) => {
      this.#gone = resolve;
    });
    this.tellAll({ type: 'stop' });
    const timer = setTimeout(() => this.end(), this.#config.drainMs + graceMs);
    await gone;
    clearTimeout(timer);
  }

  end(): void {
    this.#closing = true;
    for (const { worker } of this.#members.values()) worker.process.kill('SIGKILL');
  }

  #hear(member: Member, message: FromWorker): void {
    member.heard(message);
    if (message.type === 'note') this.#sink.note(message.level, message.text);
    if (message.type !== 'news') return;
    for (const entry of message.calls) this.#sink.call(entry);
    if (message.changes.length === 0) return;
    for (const change of message.changes) {
      if (change.type === 'busy') member.busy.set(change.id, (member.busy.get(change.id) ?? 0) + change.n);
    }
    this.#lasting = lasting([...this.#lasting, ...message.changes]);
    this.tellAll({ type: 'changes', changes: message.changes }, member);
  }

  #left(number: number, member: Member): void {
    if (this.#members.get(number) === member) this.#members.delete(number);
    const changes = [...member.busy].flatMap(([id, n]): Change[] => (n === 0 ? [] : [{ type: 'busy', id, n: -n }]));
    this.#lasting = lasting([...this.#lasting, ...changes]);
    if (changes.length > 0) this.tellAll({ type: 'changes', changes });
    if (this.#members.size === 0) this.#gone?.();
  }

  #replace(number: number, start: () => void, lived: number, how: string): void {
    this.#early = lived < soonMs ? this.#early + 1 : 0;
    if (this.#early > mostEarly) {
      this.#sink.note('error', `worker ${number} ended (${how}) again and again: none takes its place`);
      return;
    }
    this.#sink.note('warn', `worker ${number} ended (${how}): another takes its place`);
    if (this.#early === 0) start();
    else setTimeout(start, soonMs);
  }
}

/** What a process that comes later must know: rests, calls under way, money and the latest stored answers. */
function lasting(changes: readonly Change[]): Change[] {
  const now = Date.now();
  const live = gather(changes).filter((change) => change.type !== 'rest' || change.untilMs > now);
  const facts = live.filter(({ type }) => type === 'kept' || type === 'removed' || type === 'owned');
  const old = new Set(facts.slice(0, Math.max(0, facts.length - mostFacts)));
  const minute = Math.floor(now / 60_000);
  return live.filter(
    (change) => !brief.has(change.type) && !old.has(change) && (change.type !== 'add' || change.minute === minute),
  );
}

function tell(worker: Worker, message: ToWorker): void {
  if (worker.isConnected()) worker.send(message, () => {});
}
