import { type Auth, type Deployment, ProxyError } from '../hub/index.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { loadOptional } from './optional.ts';

type Library = Pick<typeof import('@azure/identity'), 'ClientSecretCredential'>;
type Entra = Extract<Auth, { kind: 'entra' }>;

const waitMs = 30_000;

/** By what they were given: the library keeps the token of an account, and gets a new one before it ends. */
const accounts = new WeakMap<Deployment['settings'], Map<string, () => Promise<string>>>();

/**
 * The header with a token of Microsoft Entra for an application (`settings`: tenantId, clientId, clientSecret and
 * perhaps authority). Rejects with authentication, in Entra's own words.
 */
export async function entraToken(to: Deployment, auth: Entra): Promise<Record<string, string>> {
  const known = accounts.get(to.settings) ?? new Map<string, () => Promise<string>>();
  accounts.set(to.settings, known);
  const ask = known.get(auth.scope) ?? oneAtATime(open(to, auth));
  known.set(auth.scope, ask);
  try {
    return { authorization: `Bearer ${await ask()}` };
  } catch (thrown) {
    if (thrown instanceof ProxyError) throw thrown;
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new ProxyError('authentication', `no token for ${to.provider.title}: ${firstLine(reason)}`, {
      cause: thrown,
    });
  }
}

function open(to: Deployment, auth: Entra): () => Promise<string> {
  const { tenantId, clientId, clientSecret, authority } = to.settings;
  if (tenantId === undefined || clientId === undefined || clientSecret === undefined) {
    const lacking = ['tenantId', 'clientId', 'clientSecret'].filter((name) => to.settings[name] === undefined);
    const names = lacking.flatMap((name) => auth.settings?.[name]?.[0] ?? name);
    throw new ProxyError('authentication', `no token for ${to.provider.title}: set ${names.join(', ')} too`);
  }
  const { ClientSecretCredential } = loadOptional('@azure/identity', to.provider.title, isLibrary);
  const credential = new ClientSecretCredential(tenantId, clientId, clientSecret, {
    // Asking Microsoft's public cloud about another authority is what an authority of one's own is to prevent.
    ...(authority === undefined ? {} : { authorityHost: authority, disableInstanceDiscovery: true }),
    retryOptions: { maxRetries: 1 },
  });
  return async () => {
    const { token } = await credential.getToken(auth.scope, { requestOptions: { timeout: waitMs } });
    return token;
  };
}

function isLibrary(found: unknown): found is Library {
  return typeof found === 'object' && found !== null && 'ClientSecretCredential' in found;
}

/** Behind it come trace and correlation ids and, again, the whole request. */
function firstLine(text: string): string {
  return text.split(/\r?\n| Trace ID:/, 1)[0]?.trim() ?? text;
}
