import type { IncomingMessage, ServerResponse } from 'node:http';
import { clients } from '../dialects/index.ts';
import { type Deployment, ProxyError } from '../hub/index.ts';
import { knownAs } from '../router/index.ts';
import { failure } from '../translate/index.ts';
import { type Members, members } from '../wire/index.ts';
import { answerJson } from './admin.ts';
import { readBody } from './body.ts';
import type { House } from './house.ts';
import { refuse } from './refusal.ts';

/** What Ollama's clients ask of its library. Models are here or they are not: none is fetched, made or removed. */

/** Operations on models that a proxy does not have; `*digest`: a blob that a model would be made of. */
export const libraryPaths = ['/api/push', '/api/create', '/api/copy', '/api/delete', '/api/blobs/*digest'];

/** A name that is served: by itself, or any at all by the one model there is. Throws invalid-request and not-found. */
export function servedAs({ config }: House, body: Members): { name: string; to: Deployment } {
  const named = ['model', 'name'].map((word) => (body.has(word) ? body.get(word) : undefined));
  const name = named.find((one) => typeof one === 'string' && one !== '');
  if (typeof name !== 'string') throw new ProxyError('invalid-request', 'model is required', { param: 'model' });
  const to = knownAs(config, name) ?? (config.anyModel ? config.deployments[0] : undefined);
  if (to === undefined) throw new ProxyError('not-found', `model '${name}' not found`, { param: 'model' });
  return { name, to };
}

/** `POST /api/pull`: tools pull a model before they use it. One that is served is there at once. Never rejects. */
export async function pullTag(house: House, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const life = house.calls.begin(res);
  try {
    const body = members(await readBody(req, res, house.config.maxBody, life));
    servedAs(house, body);
    const done = { status: 'success' };
    if (body.has('stream') && body.get('stream') === false) {
      answerJson(res, 200, done);
      return;
    }
    const lines = [{ status: 'pulling manifest' }, { status: 'verifying sha256 digest' }, done];
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    res.writeHead(200, { 'content-type': 'application/x-ndjson', 'content-length': Buffer.byteLength(text) });
    res.end(text);
  } catch (thrown) {
    refuse(house, req, res, failure(thrown), clients.ollama.client);
  }
}

/** Everything else of the library. Throws invalid-request with the status 405. */
export function noLibrary(path: string): never {
  const text = `${path} is not available: models are served by providers, and this proxy neither makes nor removes any; see GET /api/tags for those that there are`;
  throw new ProxyError('invalid-request', text, { status: 405 });
}
