import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Auth, Deployment } from '../hub/index.ts';
import { awsCredentials } from './aws-credentials.ts';
import type { Sending } from './send.ts';
import { join } from './url.ts';

/**
 * The headers of AWS Signature Version 4 for one request, whose URL and body are what will be sent. Rejects with
 * authentication where there are no credentials.
 */
export async function signed(
  to: Deployment,
  auth: Extract<Auth, { kind: 'sigv4' }>,
  sending: Sending,
): Promise<Record<string, string>> {
  const { origin, path } = join(sending.base, sending.path);
  const { protocol, host, hostname, port } = new URL(origin);
  const region = regionOf(hostname) ?? to.places['region'] ?? usualRegion;
  const credentials = await awsCredentials(to, region);
  const signer = new SignatureV4({ service: auth.service, region, credentials, sha256: Sha256 });
  const [plain = path, query = ''] = splitQuery(path);
  const request = await signer.sign({
    method: sending.method,
    protocol,
    hostname,
    ...(port === '' ? {} : { port: Number(port) }),
    path: plain,
    query: queryOf(query),
    // What else is sent, proxies on the way may change: it stays unsigned.
    headers: { host, ...contentType(sending.headers) },
    body: sending.body ?? '',
  });
  const { host: _host, ...headers } = request.headers;
  return headers;
}

/** LiteLLM's. */
const usualRegion = 'us-west-2';

/** A signature is good for the region of the host that it is sent to, whatever the settings say. */
function regionOf(hostname: string): string | undefined {
  return /(?:^|\.)[a-z-]+\.([a-z]{2}(?:-[a-z]+)+-\d)\.(?:vpce\.)?(?:amazonaws\.com|api\.aws)/.exec(hostname)?.[1];
}

function splitQuery(path: string): [string, string] {
  const mark = path.indexOf('?');
  return mark < 0 ? [path, ''] : [path.slice(0, mark), path.slice(mark + 1)];
}

function queryOf(text: string): Record<string, string | string[]> {
  const query: Record<string, string | string[]> = {};
  for (const [name, value] of new URLSearchParams(text)) {
    const before = query[name];
    query[name] = before === undefined ? value : [before, value].flat();
  }
  return query;
}

function contentType(headers: Readonly<Record<string, string>>): Record<string, string> {
  const type = headers['content-type'];
  return type === undefined ? {} : { 'content-type': type };
}

type Bytes = string | ArrayBuffer | ArrayBufferView;

/** The digest in the form that the signer wants; with a secret it is a HMAC. */
class Sha256 {
  readonly #secret: Bytes | undefined;
  #hash: Hash | Hmac;

  constructor(secret?: Bytes) {
    this.#secret = secret;
    this.#hash = begin(secret);
  }

  update(data: Bytes): void {
    this.#hash.update(asBytes(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }

  reset(): void {
    this.#hash = begin(this.#secret);
  }
}

function begin(secret: Bytes | undefined): Hash | Hmac {
  return secret === undefined ? createHash('sha256') : createHmac('sha256', asBytes(secret));
}

function asBytes(data: Bytes): Buffer {
  if (typeof data === 'string') return Buffer.from(data, 'utf8');
  return ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data);
}
