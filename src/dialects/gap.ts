/** The part between two texts, asked for in words: models that converse have no place for what comes behind. */
export function gap(before: string, behind: string): { system: string; question: string } {
  return {
    system:
      'The user sends the beginning and the end of a text. Write what stands between them, and nothing else: no repetition, no explanation, no code fence.',
    question: `<beginning>${before}</beginning>\n<end>${behind}</end>`,
  };
}
