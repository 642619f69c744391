import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { clients } from '../dialects/index.ts';
import { ProxyError } from '../hub/index.ts';
import { given, type House } from './house.ts';
import { hasCode } from './listen.ts';
import { clientOf, part, refuse } from './refusal.ts';

/** An `Expect` that is not 100-continue. */
export function refuseExpectation(house: House, req: IncomingMessage, res: ServerResponse): void {
  const error = new ProxyError('invalid-request', 'only Expect: 100-continue is known', { status: 417 });
  refuse(house, req, res, error, clientOf(req.url ?? '/'));
}

export function refuseTunnel(socket: Duplex): void {
  say(socket, 405, 'this server is no forward proxy');
}

/** The HTTP parser gave up on a socket: there is no request to answer, only the socket. */
export function answerParser(error: Error, socket: Duplex): void {
  const busy = '_httpMessage' in socket ? socket._httpMessage : undefined;
  const begun = typeof busy === 'object' && busy !== null && 'headersSent' in busy && busy.headersSent === true;
  if (begun || hasCode(error, ['ECONNRESET', 'EPIPE']) || !socket.writable) {
    socket.destroy();
  } else if (hasCode(error, ['HPE_HEADER_OVERFLOW'])) {
    say(socket, 431, 'the request headers are larger than 64 kB');
  } else if (hasCode(error, ['ERR_HTTP_REQUEST_TIMEOUT'])) {
    say(socket, 408, 'the request did not arrive in time');
  } else {
    say(socket, 400, 'this is not a valid HTTP request');
  }
}

function say(socket: Duplex, status: number, text: string): void {
  const error = new ProxyError('invalid-request', text, { status });
  const { body, headers } = clients['openai-chat'].client.encodeError(error, given);
  part(socket, status, { 'content-type': 'application/json', ...headers }, JSON.stringify(body));
}
