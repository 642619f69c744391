/** An id in the alphabet that this API takes. */
export function cleanId(id: string): string {
  return id.replace(/[^a-zA-Z0-9_-]/g, '_');
}
