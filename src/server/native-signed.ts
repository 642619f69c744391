import type { ClientSide } from '../dialects/index.ts';
import type { Exchange, Sending, Signer } from '../upstream/index.ts';
import { readBody } from './body.ts';
import type { Pass } from './native.ts';
import { onwardHeaders } from './native-headers.ts';
import type { Destination } from './native-route.ts';

/** What AWS calls an error of a status, so that its SDKs know ours too. */
const names: Readonly<Record<number, string>> = {
  400: 'ValidationException',
  401: 'AccessDeniedException',
  403: 'AccessDeniedException',
  404: 'ResourceNotFoundException',
  408: 'ModelTimeoutException',
  413: 'ValidationException',
  429: 'ThrottlingException',
  500: 'InternalServerException',
  502: 'ServiceUnavailableException',
  503: 'ServiceUnavailableException',
};

/** Errors of ours with AWS's name and its place for the message beside the usual form. */
export function likeAws(client: ClientSide): ClientSide {
  return {
    ...client,
    encodeError(error, given) {
      const { status, headers, body } = client.encodeError(error, given);
      const type = names[status] ?? (status < 500 ? 'ValidationException' : 'InternalServerException');
      return { status, headers: { ...headers, 'x-amzn-errortype': type }, body: { ...body, message: error.message } };
    },
  };
}

/** Whose value is ours to say once the body is in hand. */
const ofTheUpload = new Set(['content-length', 'content-encoding', 'transfer-encoding']);

/**
 * A request whose signature covers its body: read whole, signed with our credentials, and sent by the house's own client.
 * What the client signed is not sent on, so that SDKs work with credentials that are none.
 */
export async function sendSigned(pass: Pass, destination: Destination, sign: Signer): Promise<void> {
  const { house, req, res, life } = pass;
  const bytes = await readBody(req, res, house.config.maxBody, life);
  pass.watch.push(bytes);
  const kept = Object.entries(onwardHeaders(req, house.config, destination.headers, destination));
  const sending: Sending = {
    method: req.method ?? 'POST',
    model: '',
    base: destination.base,
    path: destination.path,
    headers: Object.fromEntries(kept.filter(([name]) => !ofTheUpload.has(name))),
    body: bytes.length === 0 ? null : bytes,
    timeoutMs: destination.timeoutMs,
    trust: destination.to?.trust,
  };
  const signed = await sign(sending, house.upstream);
  if (life.reason !== undefined) throw life.reason;
  let exchange: Exchange | undefined;
  const reply = pass.reply(destination, () => exchange);
  exchange = house.upstream.send({ ...sending, headers: { ...sending.headers, ...signed } }, reply);
  life.onEnd((reason) => {
    exchange?.abort();
    pass.leave(reason);
  });
}
