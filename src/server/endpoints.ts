import type { ForwardedOperation } from '../hub/index.ts';

type Method = 'GET' | 'POST' | 'DELETE';

/** A family of OpenAI's endpoints: what stands behind its root, with the methods of each; `:` begins an id. */
interface Family {
  root: string;
  below: Readonly<Record<string, readonly Method[]>>;
}

const list = ['GET', 'POST'] as const;
const one = ['GET', 'DELETE'] as const;
const changed = ['GET', 'POST', 'DELETE'] as const;
const read = ['GET'] as const;
const act = ['POST'] as const;

/** Words stand before ids that would match them. */
const families: Readonly<Record<ForwardedOperation, Family>> = {
  files: { root: 'files', below: { '': list, '/:id': one, '/:id/content': read } },
  uploads: {
    root: 'uploads',
    below: { '': act, '/:id': read, '/:id/parts': act, '/:id/complete': act, '/:id/cancel': act },
  },
  batches: { root: 'batches', below: { '': list, '/:id': read, '/:id/cancel': act } },
  'fine-tuning': {
    root: 'fine_tuning',
    below: {
      '/jobs': list,
      '/jobs/:id': read,
      '/jobs/:id/events': read,
      '/jobs/:id/checkpoints': read,
      ...Object.fromEntries(['cancel', 'pause', 'resume', 'start'].map((verb) => [`/jobs/:id/${verb}`, act])),
      '/checkpoints/:id/permissions': list,
      '/checkpoints/:id/permissions/:id': ['DELETE'],
      '/alpha/graders/run': act,
      '/alpha/graders/validate': act,
    },
  },
  assistants: { root: 'assistants', below: { '': list, '/:id': changed } },
  threads: {
    root: 'threads',
    below: {
      '': act,
      '/runs': act,
      '/:id': changed,
      '/:id/messages': list,
      '/:id/messages/:id': changed,
      '/:id/runs': list,
      '/:id/runs/:id': ['GET', 'POST'],
      '/:id/runs/:id/cancel': act,
      '/:id/runs/:id/submit_tool_outputs': act,
      '/:id/runs/:id/steps': read,
      '/:id/runs/:id/steps/:id': read,
    },
  },
  'vector-stores': {
    root: 'vector_stores',
    below: {
      '': list,
      '/:id': changed,
      '/:id/search': act,
      '/:id/files': list,
      '/:id/files/:id': changed,
      '/:id/files/:id/content': read,
      '/:id/file_batches': act,
      '/:id/file_batches/:id': read,
      '/:id/file_batches/:id/cancel': act,
      '/:id/file_batches/:id/files': read,
    },
  },
  containers: {
    root: 'containers',
    below: { '': list, '/:id': one, '/:id/files': list, '/:id/files/:id': one, '/:id/files/:id/content': read },
  },
  evals: {
    root: 'evals',
    below: {
      '': list,
      '/:id': changed,
      '/:id/runs': list,
      '/:id/runs/:id': changed,
      '/:id/runs/:id/output_items': read,
      '/:id/runs/:id/output_items/:id': read,
    },
  },
  realtime: {
    root: 'realtime',
    below: { '': read, '/client_secrets': act, '/sessions': act, '/transcription_sessions': act },
  },
};

/** What a path asks for. */
export interface Place {
  operation: ForwardedOperation;
  /** Behind the family's root, as the client wrote it; begins with '/' or is ''. */
  below: string;
  /** The ids in it, decoded. */
  ids: readonly string[];
  methods: readonly string[];
  /** The provider that the path names: `/{provider}/v1/files`. */
  provider?: string;
  /** The deployment that it names: `/openai/deployments/{model}/batches`. */
  model?: string;
  /** The reply is a file and not about one. */
  download: boolean;
  /** Azure's form, whose root is another vendor's mount: only with a version of the API. */
  versioned: boolean;
}

const operations: ReadonlyMap<string, ForwardedOperation> = new Map(
  names().map((operation) => [families[operation].root, operation]),
);
const roots = [...operations.keys()].join('|');
const plain = new RegExp(
  `^(?:/v1|/openai/v1|/v1/openai|(/openai))?(?:/deployments/(.+)(?=/batches$))?/(${roots})(/.*)?$`,
);
const ofProvider = /^\/([\w.-]+)\/v1\/(files|batches)(\/.*)?$/;

/** What is asked for by a path without its query; undefined: nothing of OpenAI's that is forwarded. */
export function placeOf(path: string): Place | undefined {
  const trimmed = path.replace(/(?<=.)\/$/, '');
  const found = plain.exec(trimmed);
  if (found !== null) {
    const [, azure, model, root = '', below = ''] = found;
    return within(root, below, {
      versioned: azure !== undefined && model === undefined,
      ...(model === undefined ? {} : { model: plainOf(model) }),
    });
  }
  const named = ofProvider.exec(trimmed);
  const [, provider = '', root = '', below = ''] = named ?? [];
  return named === null ? undefined : within(root, below, { versioned: false, provider });
}

function within(root: string, below: string, more: Pick<Place, 'versioned' | 'provider' | 'model'>): Place | undefined {
  const operation = operations.get(root);
  if (operation === undefined) return undefined;
  const parts = below.split('/');
  for (const [pattern, methods] of Object.entries(families[operation].below)) {
    const ids = match(pattern.split('/'), parts);
    if (ids === undefined) continue;
    const download = pattern.endsWith('/content') && operation !== 'vector-stores';
    return { operation, below, ids, methods, download, ...more };
  }
  return undefined;
}

function match(pattern: readonly string[], parts: readonly string[]): string[] | undefined {
  if (pattern.length !== parts.length) return undefined;
  const ids: string[] = [];
  for (const [at, wanted] of pattern.entries()) {
    const part = parts[at] ?? '';
    if (wanted === ':id' && part !== '') ids.push(plainOf(part));
    else if (wanted !== part) return undefined;
  }
  return ids;
}

function plainOf(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function names(): ForwardedOperation[] {
  return Object.keys(families).filter((name): name is ForwardedOperation => Object.hasOwn(families, name));
}

/** Every endpoint as a method and a path, for lists of routes: `GET /v1/files/{id}`. */
export const endpoints: readonly string[] = ['/v1', ''].flatMap((version) =>
  names().flatMap((operation) => {
    const { root, below } = families[operation];
    return Object.entries(below).flatMap(([path, methods]) =>
      methods.map((method) => `${method} ${version}/${root}${path.replaceAll(':id', '{id}')}`),
    );
  }),
);
