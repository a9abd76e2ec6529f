// Files of one's own that settings name: rules of categories, the map of entities, prompts. They are packed beside the
// programs that read them, because a function has no other files than those of its package.

import * as fs from 'node:fs';
import * as path from 'node:path';

/** Settings whose value is the path of a file. */
export const FILE_SETTINGS: readonly string[] = [
  'categories.rules',
  'entities.map',
  'prompts.customer',
  'prompts.agent',
];

/** Programs that read such files, all of them as they start: those with stages, and who says what their versions are. */
export const READS_OWN_FILES: readonly string[] = [
  'customer-summary',
  'agent-summary',
  'sentiment',
  'first-response',
  'backfill',
];

/** They are read each time that a function starts, so they stay small. */
const MOST_FILES = 50;
const MOST_BYTES = 5 * 1024 * 1024;

export interface OwnFiles {
  readonly folder: string;
  /** Names of the files, in order. */
  readonly names: readonly string[];
}

/** The files of the folder that the context `ownFiles` names; what cannot be packed is an error that names it. */
export function ownFilesOf(folder: string | undefined): OwnFiles | undefined {
  if (folder === undefined) return undefined;
  const at = path.resolve(folder);
  if (!fs.existsSync(at) || !fs.statSync(at).isDirectory()) throw new Error(`context ownFiles: no folder ${at}`);
  const wrong = (name: string, what: string) => new Error(`context ownFiles: ${path.join(at, name)} ${what}`);
  const names = fs
    .readdirSync(at)
    // What an editor or a file manager leaves behind.
    .filter((name) => !name.startsWith('.'))
    .sort();
  let bytes = 0;
  for (const name of names) {
    const file = fs.lstatSync(path.join(at, name));
    if (!file.isFile()) throw wrong(name, 'is no plain file: folders and links are not packed');
    if (!/^[\w-][\w.-]*$/.test(name))
      throw wrong(name, 'has a name of other signs than letters, digits, ".", "_", "-"');
    if (name === 'bootstrap') throw wrong(name, 'has the name of the program');
    bytes += file.size;
  }
  if (names.length > MOST_FILES) throw new Error(`context ownFiles: ${names.length} files, at most ${MOST_FILES}`);
  if (bytes > MOST_BYTES) throw new Error(`context ownFiles: ${bytes} bytes, at most ${MOST_BYTES}`);
  return { folder: at, names };
}

/** Whether functions will find the files that the settings name. Of a parameter nobody knows it before they start. */
export function checkFiles(settings: Readonly<Record<string, string>>, files: OwnFiles | undefined): void {
  for (const setting of FILE_SETTINGS) {
    const name = settings[setting];
    if (name === undefined || name === '' || files?.names.includes(name) === true) continue;
    const where = files === undefined ? 'there is no context ownFiles' : `${files.folder} has no such file`;
    throw new Error(`setting ${setting}: "${name}" has to be the name of a file in the folder ownFiles, but ${where}`);
  }
}
