import { expect, test } from 'vitest';
import type { Fact } from '../../src/hub/index.ts';
import { createOwners } from '../../src/ledger/index.ts';

test('the last one who shows an id has it; those used last stay', () => {
  const owners = createOwners({ ids: 3, told: 2 });
  for (const id of ['a', 'b', 'c']) owners.keep(id, `of ${id}`);
  expect(owners.find('a')).toBe('of a');
  owners.keep('d', 'of d');
  expect(['a', 'b', 'c', 'd'].map(owners.find)).toEqual(['of a', undefined, 'of c', 'of d']);
  owners.keep('a', 'another');
  expect(owners.find('a')).toBe('another');
  for (const none of ['', 'x'.repeat(201)]) {
    owners.keep(none, 'of none');
    expect(owners.find(none)).toBeUndefined();
  }
});

test('what a thing has used is told once', () => {
  const owners = createOwners({ ids: 3, told: 2 });
  expect(['run_1', 'run_1', 'run_2', 'run_3', 'run_1'].map(owners.tells)).toEqual([true, false, true, true, true]);
});

test('processes tell each other whose a thing is, once', () => {
  const facts: Fact[] = [];
  const one = createOwners(undefined, (fact) => facts.push(fact));
  const two = createOwners();
  one.keep('file-1', 'd1');
  one.keep('file-1', 'd1');
  one.keep('file-1', 'd2');
  expect(facts).toHaveLength(2);
  for (const fact of facts) two.hear(fact);
  expect(two.find('file-1')).toBe('d2');
});
