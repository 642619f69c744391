/**
 * Pure: which bytes go out, which bytes come back. Decides what passes and what is translated, holds parameters against
 * the provider's table, rewords what a provider cannot say. Touches only its arguments.
 */

export type * from './call.ts';
export { countsNot, estimateInput, hasCounter, planCount, writeCount } from './count.ts';
export { planEmbeddings } from './embeddings.ts';
export { failure } from './failure.ts';
export {
  endpointOf,
  forwardBody,
  forwardTarget,
  idsWithin,
  isSteering,
  noEndpoint,
  socketPath,
  usageOf,
} from './forward.ts';
export { idleAnswer } from './idle.ts';
export { linksToFetch } from './links.ts';
export { planMedia, planUpload } from './media.ts';
export { plan } from './plan.ts';
export { type Split, splitCall } from './split.ts';
export { steer, steers } from './steering.ts';
export { planCompaction, planStored } from './stored.ts';
export { watchingRelay } from './watching.ts';
