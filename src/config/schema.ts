import * as z from 'zod/v4';
import type { JsonObject } from '../hub/index.ts';
import { fields, listOf } from './schema-leaf.ts';
import { credentialSchema, modelSchema } from './schema-model.ts';
import { generalSchema, includeSchema, litellmSchema, routerSchema, variablesSchema } from './schema-settings.ts';

/** config.yaml (LITELLM.md 9): types, defaults and documentation; keys that are not here are listed as ignored. */
export const fileSchema = fields({
  include: includeSchema,
  environment_variables: variablesSchema,
  credential_list: listOf(credentialSchema).describe('Credentials that several models share'),
  model_list: listOf(modelSchema).describe('The models'),
  litellm_settings: litellmSchema.describe('Settings of calls'),
  router_settings: routerSchema.describe('Which deployment is taken, and what happens when it fails'),
  general_settings: generalSchema.describe('Settings of the server'),
})
  .partial()
  .describe('Configuration of modelport, as LiteLLM has it');

export type FileContent = z.output<typeof fileSchema>;

/** For editors: `# yaml-language-server: $schema=...`. Unknown keys are allowed. */
export function jsonSchema(): JsonObject {
  const made = z.toJSONSchema(fileSchema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema: one }) => {
      if (one.additionalProperties === false) delete one.additionalProperties;
    },
  });
  return JSON.parse(JSON.stringify({ ...made, title: 'modelport config.yaml' }));
}
