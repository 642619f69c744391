import type { GoogleAuth } from 'google-auth-library';
import { type Deployment, ProxyError } from '../hub/index.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { loadOptional } from './optional.ts';

type Library = Pick<typeof import('google-auth-library'), 'GoogleAuth'>;

const scope = 'https://www.googleapis.com/auth/cloud-platform';
const waitMs = 30_000;

/** The library keeps the token of an account, and gets a new one before it ends. */
const accounts = new WeakMap<Deployment['settings'], () => Promise<Record<string, string>>>();

/**
 * The headers of Google credentials: the token, and the project that pays where they name one. `settings.credentials` is
 * the path of a file or its JSON text; without it the application default credentials count. Rejects with authentication.
 */
export async function googleToken(to: Deployment): Promise<Record<string, string>> {
  const ask = accounts.get(to.settings) ?? oneAtATime(open(to));
  accounts.set(to.settings, ask);
  try {
    return await ask();
  } catch (thrown) {
    throw refused(thrown, to);
  }
}

function open(to: Deployment): () => Promise<Record<string, string>> {
  const { GoogleAuth: Account } = loadOptional('google-auth-library', to.provider.title, isLibrary);
  const auth = new Account({ scopes: scope, clientOptions: { transporterOptions: { timeout: waitMs } }, ...given(to) });
  return () => headersOf(auth);
}

function isLibrary(found: unknown): found is Library {
  return typeof found === 'object' && found !== null && 'GoogleAuth' in found;
}

function given({ settings: { credentials }, provider }: Deployment): object {
  if (credentials === undefined) return {};
  if (!credentials.startsWith('{')) return { keyFilename: credentials };
  try {
    return { credentials: JSON.parse(credentials) };
  } catch (thrown) {
    throw new ProxyError('authentication', `the credentials of ${provider.title} are no JSON`, { cause: thrown });
  }
}

async function headersOf(auth: GoogleAuth): Promise<Record<string, string>> {
  return Object.fromEntries(await auth.getRequestHeaders());
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
