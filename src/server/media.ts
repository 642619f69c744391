import type { Deployment } from '../hub/index.ts';
import { type Call, planMedia } from '../translate/index.ts';
import { type Answer, send, type Wish } from './answer.ts';
import type { House } from './house.ts';

/** Images, speech, judgements and rankings are one request each. */
export function media(house: House, call: Call, to: Deployment, wish: Wish): Promise<Answer> {
  return send(house, call, to, wish, planMedia(call, to));
}
