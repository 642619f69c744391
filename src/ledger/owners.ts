import type { Fact } from '../hub/index.ts';

/** Who keeps what: ids of files, batches, threads and the like, with the deployment that made or showed them. */
export interface Owners {
  /** The last one who says an id has it. */
  keep(id: string, deployment: string): void;
  /** The id of a deployment. */
  find(id: string): string | undefined;
  /** Whether this is the first time that the usage of a thing (a run) is told. */
  tells(id: string): boolean;
  /** What another process has seen. */
  hear(fact: Fact): void;
}

const limits = { ids: 20_000, told: 5000 };
/** Longer texts are no ids. */
const longestId = 200;

/** In memory; ids used last stay longest. */
export function createOwners(most: Readonly<typeof limits> = limits, tell: (fact: Fact) => void = () => {}): Owners {
  const all = new Map<string, string>();
  const told = new Set<string>();
  const add = (id: string, deployment: string): void => {
    all.delete(id);
    all.set(id, deployment);
    if (all.size > most.ids) forgetOldest(all);
  };
  return {
    keep(id, deployment) {
      if (id === '' || id.length > longestId) return;
      if (all.get(id) !== deployment) tell({ type: 'owned', id, deployment });
      add(id, deployment);
    },
    find(id) {
      const deployment = all.get(id);
      if (deployment === undefined) return undefined;
      all.delete(id);
      all.set(id, deployment);
      return deployment;
    },
    tells(id) {
      if (told.has(id)) return false;
      told.add(id);
      if (told.size > most.told) forgetOldest(told);
      return true;
    },
    hear(fact) {
      if (fact.type === 'owned') add(fact.id, fact.deployment);
    },
  };
}

function forgetOldest(known: Map<string, string> | Set<string>): void {
  const [oldest] = known.keys();
  if (oldest !== undefined) known.delete(oldest);
}
