import { readFileSync } from 'node:fs';
import type { GoogleAuth } from 'google-auth-library';
import { type Deployment, type JsonObject, ProxyError } from '../hub/index.ts';
import { isObject, readJson } from '../wire/index.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { loadOptional } from './optional.ts';

type Library = Pick<typeof import('google-auth-library'), 'GoogleAuth' | 'gaxios'>;

const scope = 'https://www.googleapis.com/auth/cloud-platform';
/** Where the library asks for tokens, whatever the credentials say. */
const usualEndpoint = 'https://oauth2.googleapis.com/token';
const waitMs = 30_000;

/** The library keeps the token of an account, and gets a new one before it ends. */
const accounts = new WeakMap<Deployment['settings'], () => Promise<Record<string, string>>>();

/**
 * The headers of Google credentials: the token, and the project that pays where they name one. `settings.credentials` is
 * the path of a file or its JSON text; without it the application default credentials count. Rejects with authentication.
 */
export async function googleToken(to: Deployment): Promise<Record<string, string>> {
  try {
    const ask = accounts.get(to.settings) ?? oneAtATime(open(to));
    accounts.set(to.settings, ask);
    return await ask();
  } catch (thrown) {
    throw refused(thrown, to);
  }
}

function open(to: Deployment): () => Promise<Record<string, string>> {
  const { GoogleAuth: Account, gaxios } = loadOptional('google-auth-library', to.provider.title, isLibrary);
  const credentials = credentialsOf(to);
  // What is posted lets somebody in: it goes to one place.
  const transporter = new gaxios.Gaxios({ timeout: waitMs, redirect: 'error' });
  const clientOptions = { transporter };
  if (credentials === undefined) return headersOf(new Account({ scopes: scope, clientOptions }));
  const { token_uri: endpoint = usualEndpoint } = credentials;
  if (typeof endpoint !== 'string' || endpoint === usualEndpoint) {
    return headersOf(new Account({ scopes: scope, credentials, clientOptions }));
  }
  transporter.interceptors.request.add({
    resolved: async (asking) => {
      if (asking.url.href === usualEndpoint) asking.url = new URL(endpoint);
      return asking;
    },
  });
  const claims = { additionalClaims: { aud: endpoint } };
  return headersOf(new Account({ scopes: scope, credentials, clientOptions: { ...clientOptions, ...claims } }));
}

function isLibrary(found: unknown): found is Library {
  return typeof found === 'object' && found !== null && 'GoogleAuth' in found && 'gaxios' in found;
}

/** Undefined: the application default ones. */
function credentialsOf({ settings: { credentials }, provider }: Deployment): JsonObject | undefined {
  if (credentials === undefined) return undefined;
  const parsed = readJson(credentials.startsWith('{') ? credentials : readFileSync(credentials, 'utf8'));
  if (isObject(parsed)) return parsed;
  throw new ProxyError('authentication', `the credentials of ${provider.title} are no JSON object`);
}

function headersOf(auth: GoogleAuth): () => Promise<Record<string, string>> {
  return async () => {
    const headers = Object.fromEntries(await auth.getRequestHeaders());
    // The library takes any reply of 200 for a token.
    if (!/^Bearer (?!undefined$|null$)./.test(headers['authorization'] ?? ''))
      throw new Error('it answered without one');
    return headers;
  };
}

function refused(thrown: unknown, to: Deployment): ProxyError {
  if (thrown instanceof ProxyError) return thrown;
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return new ProxyError(
    'authentication',
    `no token for ${to.provider.title}: ${reason.trim()} (run gcloud auth application-default login, or set ${fileVariable(to)} to the file of a service account)`,
    { cause: thrown },
  );
}

function fileVariable({ row }: Deployment): string {
  const names = row.auth.flatMap(({ settings }) => settings?.['credentials'] ?? []);
  return names.at(-1) ?? 'GOOGLE_APPLICATION_CREDENTIALS';
}
