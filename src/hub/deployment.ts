import type { Deployment } from './config.ts';
import type { MediaKind, MediaOperation, Operation } from './operation.ts';
import type { ModelRule, Provider } from './provider.ts';
import type { Json } from './request.ts';

type Places = Readonly<Record<string, string>>;

/** A row as it is for one model. `model`: the name without what rules cut off; `places`: with those that the name holds. */
export interface Specialised {
  row: Provider;
  model: string;
  places: Places;
}

/** Applies the rules for a model (ModelRule). `base`: the base URL as the user gave it, else the row's. */
export function specialise(provider: Provider, name: string, base: string, known: Places = {}): Specialised {
  let row = provider;
  let model = name;
  const places = { ...known };
  for (const { match, at, when, strip, ...rule } of provider.models ?? []) {
    const found = match.exec(model);
    if (found === null || at?.test(base) === false || !holds(when, places)) continue;
    row = { ...row, ...rule };
    Object.assign(places, found.groups);
    if (strip === undefined) break;
    model = model.slice(found.index + found[0].length);
  }
  return { row: settle(row, { ...places, model }), model, places };
}

function holds(when: ModelRule['when'], places: Places): boolean {
  return Object.entries(when ?? {}).every(([name, looks]) => looks.test(places[name] ?? ''));
}

/** The same deployment for another model of the same provider. */
export function forModel(to: Deployment, name: string): Deployment {
  return { ...to, ...specialise(to.provider, name, to.base, to.places) };
}

const kinds: Readonly<Record<MediaOperation, MediaKind>> = {
  images: 'images',
  'image-edits': 'images',
  'image-variations': 'images',
  speech: 'speech',
  transcription: 'transcription',
  translation: 'transcription',
  moderations: 'moderations',
  rerank: 'rerank',
};

export function isMedia(operation: Operation): operation is MediaOperation {
  return Object.hasOwn(kinds, operation);
}

/** Whether a model is of the kind that is asked for; whatever is about a conversation any model is asked. */
export function suits({ embeds, makes }: Deployment, operation: Operation): boolean {
  if (operation === 'embeddings') return embeds === true;
  return !isMedia(operation) || makes === kinds[operation];
}

/** `{region}` as its value; undefined when a place is not known. `{model}` stays. */
export function fillPlaces(text: string, places: Places): string | undefined {
  let whole = true;
  const filled = text.replace(place, (written, name: string) => {
    const value = places[name];
    if (value === undefined && name !== 'model') whole = false;
    return value ?? written;
  });
  return whole ? filled : undefined;
}

const place = /\{([A-Za-z]\w*)\}/g;

/** `{model}` in paths is left to the call, which escapes it. */
function settle(row: Provider, { model = '', ...places }: Places): Provider {
  const { paths, adds } = row;
  if (paths === undefined && adds === undefined) return row;
  return {
    ...row,
    ...(paths && { paths: fillPaths(paths, places) }),
    ...(adds && { adds: fillAdds(adds, { ...places, model }) }),
  };
}

function fillPaths(paths: NonNullable<Provider['paths']>, places: Places): NonNullable<Provider['paths']> {
  const fill = (path: string): string => fillPlaces(path, places) ?? path;
  return Object.fromEntries(
    Object.entries(paths).map(([operation, path]) => [
      operation,
      typeof path === 'string' ? fill(path) : [fill(path[0]), fill(path[1])],
    ]),
  );
}

function fillAdds(adds: Readonly<Record<string, Json>>, places: Places): Readonly<Record<string, Json>> {
  return Object.fromEntries(
    Object.entries(adds).flatMap(([word, value]) => {
      const filled = typeof value === 'string' ? fillPlaces(value, places) : value;
      return filled === undefined ? [] : [[word, filled]];
    }),
  );
}

/** The model whose prices and windows count for a deployment: its own, or `base_model` where the user says one. */
export function ratedModel({ provider, model, info }: Pick<Deployment, 'provider' | 'model' | 'info'>): string {
  const base = info?.['base_model'];
  if (typeof base !== 'string' || base === '') return model;
  return base.startsWith(`${provider.id}/`) ? base.slice(provider.id.length + 1) : base;
}
