import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Deployment, Operation, UploadedMedia } from '../hub/index.ts';
import { type Call, planMedia } from '../translate/index.ts';
import { type Answer, send, type Wish } from './answer.ts';
import type { House } from './house.ts';
import { pretending } from './pretend.ts';

/** Images, speech, judgements and rankings are one request each. */
export function media(house: House, call: Call, asked: Deployment, wish: Wish): Promise<Answer> {
  const to = pretending(call, asked) ?? asked;
  return send(house, call, to, wish, planMedia(call, to));
}

/** What the file is called. */
export const fileNames: Readonly<Record<UploadedMedia, 'file' | 'image'>> = {
  'image-edits': 'image',
  'image-variations': 'image',
  transcription: 'file',
  translation: 'file',
};

export function takesFiles(operation: Operation): operation is UploadedMedia {
  return Object.hasOwn(fileNames, operation);
}

/** Images are changed by JSON too, which holds or names its pictures. */
export function isJsonEdit(operation: UploadedMedia, { headers }: IncomingMessage): operation is 'image-edits' {
  return operation === 'image-edits' && /^\s*application\/json\b/i.test(headers['content-type'] ?? '');
}

/** A call that brings files; what reads them is loaded with the first one. Never rejects. */
export async function upload(
  house: House,
  operation: UploadedMedia,
  req: IncomingMessage,
  res: ServerResponse,
  pathModel?: string,
): Promise<void> {
  const life = house.calls.begin(res);
  const { answerForm } = await import('./media-call.ts');
  await answerForm(house, life, operation, req, res, pathModel);
}
