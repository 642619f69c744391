import type { ServerResponse } from 'node:http';
import { Writable } from 'node:stream';
import type { Deployment, Facts, ProxyError } from '../hub/index.ts';
import { type Call, failure, type Split, splitCall } from '../translate/index.ts';
import { type Answer, ask, type Wish } from './answer.ts';
import { Life } from './calls.ts';
import type { House } from './house.ts';
import type { Streaming } from './pump.ts';

/** Requests of one call that are under way at the same time. */
const mostAtOnce = 8;

/** Asks one deployment, with as many requests as the call is. Rejects with a ProxyError; the first failure ends the rest. */
export function converse(house: House, call: Call, to: Deployment, wish: Wish): Promise<Answer> {
  const split = splitCall(call, to);
  return split === undefined ? ask(house, call, to, wish) : new Joint(house, split, to, wish).answer(call.stream);
}

/** The answers to the parts of one call as one. */
class Joint implements Streaming {
  readonly #house: House;
  readonly #split: Split;
  readonly #to: Deployment;
  readonly #wish: Wish;
  readonly #lives: readonly Life[];
  readonly #waiting: { part: Call; life: Life }[];
  #running: number;
  #res: ServerResponse | undefined;
  #done: (error?: ProxyError) => void = () => {};
  /** Parts that are ready before the head is out. */
  #ready: Streaming[] = [];
  #error: ProxyError | undefined;
  #over = false;

  constructor(house: House, split: Split, to: Deployment, wish: Wish) {
    this.#house = house;
    this.#split = split;
    this.#to = to;
    this.#wish = wish;
    this.#lives = split.parts.map(() => new Life());
    this.#waiting = split.parts.map((part, index) => ({ part, life: this.#lives[index] ?? new Life() }));
    this.#running = split.parts.length;
  }

  get type(): string {
    return this.#split.type();
  }

  facts(): Facts {
    return this.#split.facts();
  }

  /** Resolves when all parts are answered; of streams when the first one is. */
  async answer(stream: boolean): Promise<Answer> {
    this.#wish.life?.onEnd((reason) => this.#endAll(reason));
    if (stream) return new Promise((resolve, reject) => this.#stream(resolve, reject));
    let first: Answer | undefined;
    await this.#each(async (answer) => {
      first ??= answer;
      if (answer.kind === 'stream') await drained(answer.pump);
    });
    const { headers = {}, dropped = [] } = first ?? {};
    return { kind: 'whole', headers, dropped, ...this.#split.answer() };
  }

  #stream(resolve: (answer: Answer) => void, reject: (thrown: unknown) => void): void {
    let told = false;
    const tell = (answer: Answer): void => {
      if (!told) resolve({ kind: 'stream', headers: answer.headers, dropped: answer.dropped, pump: this });
      told = true;
    };
    const work = this.#each(
      (answer) =>
        new Promise<void>((over) => {
          const part = answer.kind === 'stream' ? answer.pump : asStream(answer.body);
          this.#add(watched(part, over));
          tell(answer);
        }),
    );
    work.catch((thrown: unknown) => {
      if (told) this.#fail(failure(thrown));
      else reject(thrown);
    });
  }

  async #each(take: (answer: Answer) => Promise<void>): Promise<void> {
    const work = async (): Promise<void> => {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
        await take(await ask(this.#house, next.part, this.#to, { ...this.#wish, life: next.life }));
      }
    };
    try {
      await Promise.all(Array.from({ length: Math.min(mostAtOnce, this.#waiting.length) }, work));
    } catch (thrown) {
      this.#waiting.length = 0;
      const reason = failure(thrown);
      this.#endAll(reason);
      throw reason;
    }
  }

  /** Goes on from here; the head must be written already. */
  attach(res: ServerResponse, done: (error?: ProxyError) => void): void {
    this.#res = res;
    this.#done = done;
    for (const part of this.#ready.splice(0)) this.#join(part, res);
  }

  #add(part: Streaming): void {
    if (this.#res === undefined) this.#ready.push(part);
    else this.#join(part, this.#res);
  }

  #join(part: Streaming, res: ServerResponse): void {
    part.attach(into(res), (error) => {
      this.#running--;
      this.#error ??= error;
      if (error !== undefined) this.#endAll(error);
      if (error !== undefined || this.#running === 0) this.#finish();
    });
  }

  /** A part was refused while others are being told. */
  #fail(error: ProxyError): void {
    if (this.#over) return;
    this.#error ??= error;
    const told = this.#split.fail(error);
    if (this.#res !== undefined && !this.#res.destroyed) this.#res.write(told);
    this.#finish();
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.#res?.end();
    this.#done(this.#error);
  }

  #endAll(reason: ProxyError): void {
    this.#waiting.length = 0;
    for (const life of this.#lives) life.end(reason);
  }
}

/** Writes on to `res`, at its pace; its end is not the end of `res`. */
function into(res: ServerResponse): Writable {
  return new Writable({
    autoDestroy: false,
    write: (chunk: Buffer, _encoding, next) => {
      if (res.destroyed || res.writableEnded || res.write(chunk)) next();
      else res.once('drain', () => next());
    },
    destroy: (_error, next) => {
      res.destroy();
      next(null);
    },
  });
}

/** A whole answer in the place of a stream. */
function asStream(body: Buffer | string): Streaming {
  return {
    type: '',
    facts: () => ({}),
    attach: (res, done) => {
      res.end(body, () => done());
    },
  };
}

/** Settles `over` as soon as the stream is done. */
function watched(stream: Streaming, over: () => void): Streaming {
  return {
    type: stream.type,
    facts: () => stream.facts(),
    attach: (res, done) =>
      stream.attach(res, (error) => {
        over();
        done(error);
      }),
  };
}

/** Reads a stream that is collected to its end. */
function drained(stream: Streaming): Promise<void> {
  return new Promise((resolve, reject) => {
    const nowhere = new Writable({ write: (_chunk, _encoding, next) => next() });
    stream.attach(nowhere, (error) => {
      if (error === undefined) resolve();
      else reject(error);
    });
  });
}
