import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { type Deployment, type ForwardedOperation, ProxyError } from '../hub/index.ts';
import { forwardBody, idsWithin } from '../translate/index.ts';
import { boundaryOf, type JsonValue, type Members, members } from '../wire/index.ts';
import { readBody } from './body.ts';
import type { Life } from './calls.ts';
import type { Place } from './endpoints.ts';
import type { House } from './house.ts';
import { contradicts, isOnlyOne, modelAt, type Wanted } from './keeper.ts';
import { receiveForm, type Upload } from './upload.ts';

/** What a request carries. */
export type Load = { kind: 'none' } | { kind: 'json'; body: Members } | { kind: 'form'; form: Upload };

/** Forms are waited for so long that what stands behind a short file counts; of one account all belongs to it. */
const shortForm = 2 ** 20;
const longForm = 25 * 2 ** 20;

export async function receive(
  { config }: House,
  operation: ForwardedOperation,
  req: IncomingMessage,
  res: ServerResponse,
  life: Life,
): Promise<Load> {
  const { maxBody } = config;
  const boundary = boundaryOf(req.headers['content-type']);
  if (boundary !== undefined) {
    const limits = { hold: isOnlyOne(config, operation) ? shortForm : longForm, most: maxBody };
    return { kind: 'form', form: await receiveForm(req, res, boundary, limits, life) };
  }
  const bytes = await readBody(req, res, maxBody, life);
  return bytes.length === 0 ? { kind: 'none' } : { kind: 'json', body: members(bytes) };
}

export function wantedOf(
  { operation, ids, provider, model }: Place,
  query: URLSearchParams,
  req: IncomingMessage,
  load: Load,
): Wanted {
  const wanted: Wanted = { operation, ids };
  const named = (name: string): string | undefined => fieldOf(load, name);
  const whose = [
    provider,
    req.headers['custom-llm-provider'],
    query.get('custom_llm_provider'),
    named('custom_llm_provider'),
  ];
  const known = whose.find((one) => typeof one === 'string' && one.trim() !== '');
  if (typeof known === 'string') wanted.provider = known.trim();
  const models = [
    req.headers['x-litellm-model'],
    query.get('model'),
    model,
    load.kind === 'form' ? named('model') : undefined,
  ];
  const asked = models.find((one) => typeof one === 'string' && one !== '');
  if (typeof asked === 'string') wanted.model = asked;
  const bodyModel = named('model');
  if (bodyModel !== undefined) wanted.bodyModel = bodyModel;
  if (load.kind === 'json') wanted.ids = [...ids, ...idsWithin(parsed(load.body))];
  return wanted;
}

function parsed(body: Members): JsonValue {
  return Object.fromEntries(body.names.map((name) => [name, body.get(name) ?? null]));
}

export function fieldOf(load: Load, name: string): string | undefined {
  switch (load.kind) {
    case 'none':
      return undefined;
    case 'json': {
      const value = load.body.get(name);
      return typeof value === 'string' ? value : undefined;
    }
    case 'form':
      return load.form.fields.get(name);
  }
}

export interface Loaded {
  body: Buffer | Readable | null;
  type?: string;
  length?: number;
  dropped: readonly string[];
}

export function loaded(house: House, load: Load, to: Deployment, req: IncomingMessage): Loaded {
  switch (load.kind) {
    case 'none':
      return { body: null, dropped: [] };
    case 'json': {
      const { bytes, dropped } = forwardBody(load.body, (name) => modelAt(house.config, to, name));
      return { body: bytes, type: 'application/json', dropped };
    }
    case 'form': {
      const { form } = load;
      Object.assign(form, {
        late(name: string, value: string) {
          if (contradicts(house.config, to, name, value)) throw tooLate(name);
        },
      });
      const type = req.headers['content-type'] ?? '';
      const length = form.length === undefined ? {} : { length: form.length };
      return { body: form.body, type, ...length, dropped: [] };
    }
  }
}

function tooLate(name: string): ProxyError {
  const text = `'${name}' stands behind a large file that is on its way to another account: write it before the file, into the query, or into the header custom-llm-provider`;
  return new ProxyError('invalid-request', text, { param: name });
}
