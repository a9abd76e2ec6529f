// Reads the tables of the warehouse as the schemas' generator writes them: `schemas/generated/glue/<table>.json`. Columns are
// described in one place only, in `schemas/`; here nothing knows a column.

import * as fs from 'node:fs';
import * as path from 'node:path';

export interface GlueColumn {
  readonly name: string;
  readonly type: string;
  readonly comment?: string;
}

export interface GlueTable {
  /** Its name in the database. */
  readonly table: string;
  readonly description?: string;
  /** Where its files are, with `{warehouse_bucket}` for the bucket; `warehouse/<table>/` where the file does not say. */
  readonly location?: string;
  readonly columns: readonly GlueColumn[];
  readonly partitionKeys: readonly GlueColumn[];
  readonly parameters: Readonly<Record<string, string>>;
}

export const GLUE_FOLDER = path.join(__dirname, '..', '..', 'schemas', 'generated', 'glue');

/** All tables, by name; none where nothing has been generated. A file that cannot be understood is an error. */
export function readGlueTables(folder: string = GLUE_FOLDER): GlueTable[] {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => parseGlueTable(path.join(folder, file), fs.readFileSync(path.join(folder, file), 'utf8')));
}

export function parseGlueTable(file: string, text: string): GlueTable {
  const document = JSON.parse(text) as Record<string, unknown>;
  const said = (name: string): string | undefined =>
    typeof document[name] === 'string' ? (document[name] as string) : undefined;
  const table = said('name') ?? said('table') ?? path.basename(file, '.json');
  const columns = columnsOf(file, document.columns);
  if (columns.length === 0) throw new Error(`${file}: no columns`);
  const partitionKeys = columnsOf(file, document.partition_keys ?? [{ name: 'dt', type: 'string' }]);
  const names = [...columns, ...partitionKeys].map((column) => column.name);
  const twice = names.find((name, position) => names.indexOf(name) !== position);
  if (twice !== undefined) throw new Error(`${file}: column ${twice} stands there twice`);
  const parameters = Object.fromEntries(
    Object.entries((document.parameters ?? {}) as Record<string, unknown>).map(([name, value]) => [
      name,
      String(value),
    ]),
  );
  return { table, description: said('description'), location: said('location'), columns, partitionKeys, parameters };
}

function columnsOf(file: string, value: unknown): GlueColumn[] {
  if (!Array.isArray(value)) throw new Error(`${file}: columns and partition_keys are lists`);
  return value.map((entry: Record<string, unknown>) => {
    const { name, type, comment } = entry;
    if (typeof name !== 'string' || typeof type !== 'string') throw new Error(`${file}: a column needs name and type`);
    return { name, type, comment: typeof comment === 'string' ? comment : undefined };
  });
}
