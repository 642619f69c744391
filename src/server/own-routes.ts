import type { Config, PassThroughRoute } from '../hub/index.ts';

/** The user's own pass-through that a path asks for: the one that says most of it. */
export function ownRoute({ passThrough }: Config, path: string): PassThroughRoute | undefined {
  if (passThrough === undefined) return undefined;
  let found: PassThroughRoute | undefined;
  for (const route of passThrough) {
    const meant =
      path === route.path || path === `${route.path}/` || (route.below && path.startsWith(`${route.path}/`));
    if (meant && route.path.length > (found?.path.length ?? -1)) found = route;
  }
  return found;
}
