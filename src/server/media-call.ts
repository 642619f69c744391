import type { IncomingMessage, ServerResponse } from 'node:http';
import { clients } from '../dialects/index.ts';
import { type Deployment, forModel, type JsonObject, ProxyError, suits, type UploadedMedia } from '../hub/index.ts';
import { type Call, failure, isSteering, planUpload } from '../translate/index.ts';
import { type Members, members } from '../wire/index.ts';
import { type Answer, send, type Wish } from './answer.ts';
import { callOf } from './call.ts';
import type { Life } from './calls.ts';
import { settle, wishOf } from './handle.ts';
import { given, type House } from './house.ts';
import { checkLimits } from './limits.ts';
import { fileNames } from './media.ts';
import { type FormEdits, type MediaForm, receiveMediaForm } from './media-form.ts';
import { refuse } from './refusal.ts';
import { Story } from './story.ts';
import { tryModels } from './trial.ts';

const dialect = 'openai-chat';
const { client } = clients[dialect];

/**
 * The life of a call that brings files. Short forms are received whole and sent like any other body; of longer ones the
 * parts go on as they come, and once they do nothing is tried again. Never rejects.
 */
export async function answerForm(
  house: House,
  life: Life,
  operation: UploadedMedia,
  req: IncomingMessage,
  res: ServerResponse,
  pathModel?: string,
): Promise<void> {
  const story = new Story(house, req, dialect);
  const { config } = house;
  try {
    checkLimits(house);
    const form = await receiveMediaForm(req, res, life, (fields) =>
      decided(house, operation, pathModel ?? fields.get('model')),
    );
    if (form.whole) checkFiles(operation, form);
    const about = aboutOf(story, operation, req, form, pathModel);
    const clean: Call['clean'] = (error) => story.broken(error);
    const call = callOf(about, clients[dialect], bodyOf(form), config, clean);
    const wish = wishOf(call, life);
    story.of(call, wish.key);
    const tried = await tryModels(house, call, {
      ask: (_, asked, to, wished) => sendForm(house, asked, to, wished, form, story),
      wish,
      trying: (to, at) => story.trying(to, at),
      remake(other, model) {
        const again = callOf({ ...about, pathModel: model }, clients[dialect], other, config, clean);
        return { call: again, wish: wishOf(again, life) };
      },
    });
    story.answeredBy(tried.deployment, tried.value.dropped, tried.over);
    if (life.reason !== undefined) throw life.reason;
    settle(story, tried, res);
  } catch (thrown) {
    const error = story.clean(failure(thrown));
    const status = refuse(house, req, res, error, client, story.headers());
    story.end(error.kind === 'cancelled' ? 499 : status, undefined, error);
  }
}

/** Whether it is known where a form goes: with one deployment for any model it is, unless the path names the model. */
function decided({ config }: House, operation: UploadedMedia, model: string | undefined): boolean {
  const [only] = config.deployments;
  if (model !== undefined || !config.anyModel || only === undefined) return model !== undefined;
  return suits(only, operation) || !String(only.row.paths?.[operation] ?? '').includes('{model}');
}

function checkFiles(operation: UploadedMedia, { files: sent, fields }: MediaForm): void {
  const name = fileNames[operation];
  // Servers of one's own take links to files as fields.
  const known = [...sent, ...fields.keys()].some((one) => one.replace(/\[.*$/, '') === name || one === `${name}_url`);
  if (!known) throw new ProxyError('invalid-request', `Missing required parameter: '${name}'.`, { param: name });
}

function aboutOf(
  story: Story,
  operation: UploadedMedia,
  req: IncomingMessage,
  { fields }: MediaForm,
  pathModel: string | undefined,
): Parameters<typeof callOf>[0] {
  return {
    id: story.id,
    operation,
    headers: req.headers,
    url: req.url ?? '/',
    since: story.at,
    stream: fields.get('stream') === 'true',
    ...(pathModel === undefined ? {} : { pathModel }),
  };
}

/** What a form says besides its files. What has gone up as it came cannot be sent again. */
function bodyOf({ fields, whole }: MediaForm): Members {
  const once: JsonObject = whole ? {} : { num_retries: 0, disable_fallbacks: true };
  return members(Buffer.from(JSON.stringify({ ...Object.fromEntries(fields), ...once })));
}

function sendForm(
  house: House,
  call: Call,
  to: Deployment,
  wish: Wish,
  form: MediaForm,
  story: Story,
): Promise<Answer> {
  const outgoing = planUpload(call, to);
  const boundary = given.id('modelport-');
  outgoing.target.headers['content-type'] = `multipart/form-data; boundary=${boundary}`;
  const edits = editsFor(to, form, (model) => {
    call.model = model;
    story.of(call, wish.key);
  });
  if (form.whole) return send(house, call, to, wish, { ...outgoing, body: form.bytes(boundary, edits) });
  return send(house, call, to, { ...wish, upload: form.stream(boundary, edits) }, outgoing);
}

/** The model's name as the provider knows it; what speaks to the proxy stays here. `late`: hears of one that comes behind the file. */
function editsFor(to: Deployment, { fields }: MediaForm, late: (model: string) => void): FormEdits {
  return {
    field(name, value) {
      if (name === 'model' && to.model === '') late(value);
      if (name === 'model') return to.model === '' ? nameAt(to, value) : to.model;
      const plain = name.replace(/\[.*$/s, '');
      if (hosts.has(plain)) throw notHere(plain);
      return isSteering(plain) || plain === 'metadata' ? undefined : value;
    },
    more() {
      const model: [string, string][] = to.model === '' || fields.has('model') ? [] : [['model', to.model]];
      const lacking = Object.entries(to.adds ?? {}).filter(
        ([word, value]) => !fields.has(word) && typeof value !== 'object',
      );
      return [...model, ...lacking.map(([word, value]): [string, string] => [word, String(value)])];
    },
  };
}

/** DECISIONS.md 13. */
const hosts: ReadonlySet<string> = new Set(['api_base', 'base_url', 'user_config']);

function notHere(name: string): ProxyError {
  const text = `'${name}' is not allowed in a request: where a call goes is set where the proxy is started`;
  return new ProxyError('invalid-request', text, { param: name });
}

function nameAt(to: Deployment, name: string): string {
  const prefix = `${to.provider.id}/`;
  return forModel(to, name.startsWith(prefix) ? name.slice(prefix.length) : name).model;
}
