import { readFile } from 'node:fs/promises';
import { type Deployment, ProxyError } from '../hub/index.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { loadOptional } from './optional.ts';

type Chain = Pick<typeof import('@aws-sdk/credential-provider-node'), 'defaultProvider'>;

/** What signs; `expiration` where they end by themselves. */
export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  expiration?: Date;
}

type Settings = Deployment['settings'];
type Ask = () => Promise<AwsCredentials>;

/** Temporary credentials are renewed so long before they end. */
const marginMs = 5 * 60_000;

const accounts = new WeakMap<Settings, Ask>();

/**
 * The credentials of a deployment: its own keys, or AWS's chain (profiles, SSO, processes, web identities, containers,
 * instances), and a role taken with them. Rejects with authentication.
 */
export function awsCredentials(to: Deployment, region: string): Promise<AwsCredentials> {
  const known = accounts.get(to.settings);
  if (known !== undefined) return known();
  const ask = kept(() => told(to, () => find(to.settings, region)));
  accounts.set(to.settings, ask);
  return ask();
}

/** Asks again shortly before the end; one question at a time, and no failure is kept. */
function kept(find: Ask): Ask {
  let current: AwsCredentials | undefined;
  const renew = oneAtATime(async () => {
    current = await find();
    return current;
  });
  return async () => {
    const last = current;
    const left = last === undefined ? 0 : (last.expiration?.getTime() ?? Number.POSITIVE_INFINITY) - Date.now();
    if (last !== undefined && left > marginMs) return last;
    try {
      return await renew();
    } catch (thrown) {
      // They are good until their end, even where no new ones come.
      if (last !== undefined && left > 0) return last;
      throw thrown;
    }
  };
}

async function find(settings: Settings, region: string): Promise<AwsCredentials> {
  const { roleArn, webIdentityToken } = settings;
  if (roleArn === undefined) return source(settings, region);
  const session = settings['sessionName'] ?? 'modelport';
  if (webIdentityToken !== undefined) {
    const assume = sts().getDefaultRoleAssumerWithWebIdentity(stsOptions(settings, region));
    const token = webIdentityToken.startsWith('/')
      ? (await readFile(webIdentityToken, 'utf8')).trim()
      : webIdentityToken;
    return assume({ RoleArn: roleArn, RoleSessionName: session, WebIdentityToken: token });
  }
  const own = await source(settings, region);
  const assume = sts().getDefaultRoleAssumer(stsOptions(settings, region));
  const externalId = settings['externalId'];
  const wish = { RoleArn: roleArn, RoleSessionName: session };
  return assume(own, externalId === undefined ? wish : { ...wish, ExternalId: externalId });
}

/** Whose credentials they are before any role. A profile that is named wins over keys. */
async function source(settings: Settings, region: string): Promise<AwsCredentials> {
  const { accessKeyId, secretAccessKey, sessionToken, profile } = settings;
  if (profile === undefined && accessKeyId !== undefined && secretAccessKey !== undefined) {
    return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
  }
  const { defaultProvider } = loadOptional('@aws-sdk/credential-provider-node', wish, isChain);
  const provider = defaultProvider({ clientConfig: { region }, ...(profile === undefined ? {} : { profile }) });
  return provider();
}

const wish =
  'without AWS_BEARER_TOKEN_BEDROCK, or AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY, finding AWS credentials';

function isChain(found: unknown): found is Chain {
  return typeof found === 'object' && found !== null && 'defaultProvider' in found;
}

interface Sts {
  getDefaultRoleAssumer(options: object): (own: AwsCredentials, wish: object) => Promise<AwsCredentials>;
  getDefaultRoleAssumerWithWebIdentity(options: object): (wish: object) => Promise<AwsCredentials>;
}

/** The package of the chain brings the service for roles along. */
function sts(): Sts {
  loadOptional('@aws-sdk/credential-provider-node', 'taking on an AWS role', isChain);
  return loadOptional('@aws-sdk/nested-clients/sts', 'taking on an AWS role', isSts);
}

function isSts(found: unknown): found is Sts {
  return typeof found === 'object' && found !== null && 'getDefaultRoleAssumer' in found;
}

function stsOptions(settings: Settings, region: string): object {
  const endpoint = settings['stsEndpoint'];
  return { region, ...(endpoint === undefined ? {} : { endpoint }) };
}

async function told(to: Deployment, find: Ask): Promise<AwsCredentials> {
  try {
    return await find();
  } catch (thrown) {
    if (thrown instanceof ProxyError) throw thrown;
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    const line = reason.split(/\r?\n/, 1)[0] ?? reason;
    throw new ProxyError('authentication', `Unable to locate credentials for ${to.provider.title}: ${line}`, {
      cause: thrown,
    });
  }
}
