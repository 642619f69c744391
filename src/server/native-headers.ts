import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { providers } from '../dialects/index.ts';
import type { Config, Deployment, Headers } from '../hub/index.ts';
import { joinHeaders } from '../upstream/index.ts';

/** What a pass-through sends on of a client's headers: what describes the body, the answer that is wanted, and its product. */
const passed =
  /^(?:accept|accept-language|content-(?:type|length|encoding|language|disposition|md5)|user-agent|range|if-.*|cache-control|pragma|prefer|priority|idempotency-key|traceparent|tracestate|baggage|http-referer|(?:anthropic|openai|mistral|cohere|hf|nv|azureml)-(?!.*(?:key|token|auth|secret)).*|extra-parameters)$/;
/** Names of no account: telemetry of SDKs, uploads in pieces, settings of one call. */
const passedOwn =
  /^x-(?:stainless-.*|fern-.*|title|client-name|goog-(?:upload-.*|api-client|request-params|fieldmask)|upload-content-.*|amzn-bedrock-.*|ms-client-request-id|wait-for-model|use-cache)$/;
/** Whose account it is, which our key says. */
const account = /^(?:openai-organization|openai-project)$/;
/** Never sent upstream: credentials, what concerns us, and what tells of the network here. */
const withheld =
  /^x-(?:api-key|goog-api-key|goog-user-project|litellm-.*|modelport-.*|forwarded-.*|real-ip|amz-.*|amzn-(?!bedrock-).*|azure-.*|auth-.*|client-ip|http-.*|original-.*|.*-?(?:token|secret|password|authorization|cookie|client-ip|api-?key))$/;
/** Where vendors' clients put their keys (`forward_llm_provider_auth_headers`). */
const keyNames = ['x-api-key', 'x-goog-api-key', 'api-key', 'ocp-apim-subscription-key'] as const;

const spoken: ReadonlySet<string> = new Set(
  Object.values(providers).flatMap(({ provider }) => provider.forwards.map((name) => name.toLowerCase())),
);

/** The headers that a passed request goes on with. `ours` win over what the client sent, whoever says them. */
export function onwardHeaders(
  req: IncomingMessage,
  { forwardClientHeaders, forwardProviderAuth, masterKey }: Config,
  ours: Readonly<Record<string, string>>,
  { to, forwards = forwardClientHeaders === true }: { to?: Deployment; forwards?: boolean } = {},
): Record<string, string> {
  const headers = clientHeaders(req, forwards);
  if (req.headers['transfer-encoding'] !== undefined) headers['transfer-encoding'] = 'chunked';
  else if (!/^(?:GET|HEAD)$/.test(req.method ?? '')) headers['content-length'] ??= '0';
  const brought = forwardProviderAuth === true && to !== undefined ? keyBrought(req.headers, masterKey, to) : undefined;
  const credentials = brought === undefined ? ours : { ...withoutKeys(ours), ...brought };
  return joinHeaders(headers, credentials, { 'accept-encoding': 'identity' });
}

function clientHeaders({ headers }: IncomingMessage, own: boolean): Record<string, string> {
  const found: Record<string, string> = {};
  const hop = (headers.connection ?? '').toLowerCase().split(/[\s,]+/);
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || hop.includes(name) || withheld.test(name) || account.test(name)) continue;
    if (passed.test(name) || passedOwn.test(name) || spoken.has(name) || (own && name.startsWith('x-'))) {
      found[name] = String(value);
    }
  }
  return found;
}

/**
 * A caller's `x-` headers for a call of ours (`forward_client_headers_to_llm_api`), without what only concerns its SDK.
 */
export function ownHeaders(headers: Headers): Record<string, string> {
  const named = Object.entries(headers).filter(
    ([name, value]) => value !== undefined && /^x-(?!stainless-)/.test(name) && !withheld.test(name),
  );
  return Object.fromEntries(named.map(([name, value]) => [name, String(value)]));
}

/** A provider's key that came beside the one for us; a token that goes as Bearer is known by its beginning. */
function keyBrought(
  headers: IncomingHttpHeaders,
  masterKey: string | undefined,
  to: Deployment,
): Record<string, string> | undefined {
  for (const name of keyNames) {
    const value = headers[name];
    if (typeof value === 'string' && value !== '' && value !== masterKey) return { [name]: value };
  }
  const bearer = /^bearer\s+(.+)$/i.exec(headers.authorization ?? '')?.[1] ?? '';
  const known = to.row.auth.find((one) => one.keyPrefix !== undefined && bearer.startsWith(one.keyPrefix));
  if (known === undefined || bearer === masterKey) return undefined;
  return { ...(known.kind === 'bearer' ? known.headers : {}), authorization: `Bearer ${bearer}` };
}

function withoutKeys(ours: Readonly<Record<string, string>>): Record<string, string> {
  const names: readonly string[] = ['authorization', ...keyNames];
  return Object.fromEntries(Object.entries(ours).filter(([name]) => !names.includes(name)));
}
