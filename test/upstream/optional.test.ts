import { describe, expect, test } from 'vitest';
import { ProxyError } from '../../src/hub/index.ts';
import { loadOptional } from '../../src/upstream/optional.ts';

const has =
  (name: string) =>
  (found: unknown): found is Record<string, unknown> =>
    typeof found === 'object' && found !== null && name in found;

describe('an optional package', () => {
  test('is loaded where it is', () => {
    expect(loadOptional('@aws-sdk/credential-provider-node', 'a test', has('defaultProvider'))).toHaveProperty(
      'defaultProvider',
    );
  });

  test.each([
    ['is missing', '@aws-sdk/no-such-package', 'x'],
    ['is there but is something else', '@aws-sdk/credential-provider-node', 'noSuchExport'],
  ])('%s: the line that helps is a command', (_, name, member) => {
    const load = () => loadOptional(name, 'Bedrock', has(member));
    expect(load).toThrow(ProxyError);
    expect(load).toThrow(`Bedrock needs the package ${name}: start with npx -p modelport -p ${name} modelport`);
  });
});
