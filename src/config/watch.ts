import { createHash } from 'node:crypto';
import { type FSWatcher, readFileSync, unwatchFile, watch, watchFile } from 'node:fs';
import { dirname } from 'node:path';

/** Editors write in several steps: what is quiet for this long is saved. */
const quietMs = 200;
/** A file that is never quiet is looked at all the same. */
const longestMs = 1000;
/** Where folders cannot be watched. */
const pollMs = 1000;

/**
 * Hears when the content of one of the files has changed. Folders are watched, since many editors put a new file in the
 * place of the old one.
 */
export function watchFiles(files: readonly string[], changed: () => void): { close(): void } {
  let known = digest(files);
  let first = 0;
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    timer = undefined;
    const now = digest(files);
    if (now === known) return;
    known = now;
    changed();
  };
  const stir = (): void => {
    const now = Date.now();
    if (timer === undefined) first = now;
    clearTimeout(timer);
    timer = setTimeout(look, Math.max(0, Math.min(quietMs, first + longestMs - now)));
  };
  const closers = [...new Set(files.map((file) => dirname(file)))].map((folder) => watchFolder(folder, files, stir));
  return {
    close() {
      clearTimeout(timer);
      for (const close of closers) close();
    },
  };
}

function watchFolder(folder: string, files: readonly string[], stir: () => void): () => void {
  const inside = files.filter((file) => dirname(file) === folder);
  let watcher: FSWatcher | undefined;
  const poll = (): void => {
    for (const file of inside) watchFile(file, { interval: pollMs, persistent: false }, stir);
  };
  try {
    watcher = watch(folder, { persistent: false }, stir);
    watcher.on('error', poll);
  } catch {
    poll();
  }
  return () => {
    watcher?.close();
    for (const file of inside) unwatchFile(file, stir);
  };
}

/** A file that is not there for a moment has no content. */
function digest(files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) {
    try {
      hash.update(readFileSync(file));
    } catch {
      hash.update('gone');
    }
    hash.update('\0');
  }
  return hash.digest('hex');
}
