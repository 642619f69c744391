/**
 * Endpoints beside the dialects' own, at the paths that OpenAI gave them and others took over. Rows say with these which
 * they have; what a row does not have is a 404 that names it.
 */
export const images = { images: '/images/generations' } as const;
export const imageEdits = { ...images, 'image-edits': '/images/edits' } as const;
export const speech = { speech: '/audio/speech' } as const;
export const transcription = { transcription: '/audio/transcriptions' } as const;
export const hearing = { ...transcription, translation: '/audio/translations' } as const;
export const moderations = { moderations: '/moderations' } as const;
export const rerank = { rerank: '/rerank' } as const;
/** OpenAI's own. */
export const openaiMedia = {
  ...imageEdits,
  'image-variations': '/images/variations',
  ...speech,
  ...hearing,
  ...moderations,
} as const;
