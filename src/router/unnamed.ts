import { type Config, type Deployment, forModel, isMedia, type Operation, suits } from '../hub/index.ts';

/**
 * Who is asked when the request names no model, which OpenAI's images and moderations need not; moderations come here with
 * a name that nobody has, too. A model of the kind, else the first provider that has the endpoint, with the model that it
 * takes when none is named.
 */
export function unnamed({ deployments }: Config, operation: Operation, name: string): Deployment | undefined {
  if (!isMedia(operation) || (name !== '' && operation !== 'moderations')) return undefined;
  const able = deployments.filter(({ row }) => row.paths?.[operation] !== undefined);
  const suited = name === '' ? able.find((to) => suits(to, operation)) : undefined;
  const [first] = able;
  return suited ?? (first === undefined ? undefined : forModel(first, name));
}
