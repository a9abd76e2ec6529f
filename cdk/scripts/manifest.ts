// Which manifest of the warehouse says that a contact is in it.

/** Where manifests are. Their names begin with the number of their window. */
export const MANIFESTS = 'warehouse/_manifests/';

/** What a manifest says, as far as it is needed here; docs/warehouse.md has the whole. */
export interface Manifest {
  readonly window: { readonly from: string; readonly to: string };
  readonly revisions: number;
}

/** The moment, in milliseconds, when a contact's analysis was published, from its state in the table. */
export function publishedAt(state: string): number {
  const { analysis } = JSON.parse(state) as { analysis?: { status?: { finished?: { published_at?: string } } } };
  const at = Date.parse(analysis?.status?.finished?.published_at ?? '');
  if (Number.isNaN(at)) throw new Error('the state of the contact does not say when its analysis was published');
  return at;
}

/** The key of the manifest whose window holds the moment and has something in it; nothing where it is not written yet. */
export async function manifestOf(
  at: number,
  keys: readonly string[],
  read: (key: string) => Promise<Manifest>,
): Promise<string | undefined> {
  // The newest first: windows follow each other, so the first one that ended before is the end of the search.
  for (const key of [...keys].sort().reverse()) {
    const { window, revisions } = await read(key);
    if (Date.parse(window.to) <= at) return undefined;
    if (Date.parse(window.from) <= at) return revisions > 0 ? key : undefined;
  }
  return undefined;
}
