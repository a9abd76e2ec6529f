// Tables of the warehouse: columns are those that the schemas' generator wrote, partitions are projected rightly. An emulator
// ignores projection (it reads every file under the location), so this is the only place where a mistake in it shows.

import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';

import { GLUE_FOLDER, parseGlueTable, readGlueTables } from '../lib/glue-schema';
import { deploy, GLUE_SAMPLE, ofType, one, PLAIN, refersTo, WHOLE } from './deployment';

const whole = deploy(WHOLE);
const generated = readGlueTables(GLUE_FOLDER);
/** A text with a reference to the bucket in it. */
const flat = (value: any): string =>
  value['Fn::Join'][1].map((part: any) => (typeof part === 'string' ? part : '<bucket>')).join('');

describe('a table', () => {
  const [, { Properties }] = one(whole, 'Warehouse', 'AWS::Glue::Table');
  const { TableInput } = Properties;

  it('has the columns of its file', () => {
    expect(TableInput.Name).toBe('contacts');
    expect(TableInput.StorageDescriptor.Columns).toEqual([
      { Name: 'contact_id', Type: 'string', Comment: 'The contact.' },
      { Name: 'disconnect_timestamp', Type: 'timestamp' },
      { Name: 'use_cases', Type: 'array<string>', Comment: 'Use cases that apply.' },
    ]);
    expect(TableInput.PartitionKeys).toEqual([{ Name: 'dt', Type: 'string', Comment: 'Day.' }]);
    expect(TableInput.Parameters['parquet.compression']).toBe('ZSTD');
  });

  it('finds its days without being told: dt=YYYY-MM-DD', () => {
    const parameters = TableInput.Parameters;
    expect(parameters['projection.enabled']).toBe('true');
    expect(parameters['projection.dt.type']).toBe('date');
    expect(parameters['projection.dt.format']).toBe('yyyy-MM-dd');
    expect(parameters['projection.dt.range']).toMatch(/^\d{4}-\d{2}-\d{2},NOW\+1DAYS$/);
    expect(parameters['projection.dt.interval']).toBe('1');
    expect(parameters['projection.dt.interval.unit']).toBe('DAYS');
    expect(flat(TableInput.StorageDescriptor.Location)).toBe('s3://<bucket>/warehouse/contacts/');
    expect(flat(parameters['storage.location.template'])).toBe('s3://<bucket>/warehouse/contacts/dt=${dt}/');
    expect(refersTo(TableInput.StorageDescriptor.Location, 'Warehouse')).toBe(true);
  });

  it('is Parquet', () => {
    expect(TableInput.Parameters.classification).toBe('parquet');
    expect(TableInput.StorageDescriptor.SerdeInfo.SerializationLibrary).toContain('ParquetHiveSerDe');
  });
});

describe('the work group', () => {
  it('encrypts its answers, and a query cannot choose otherwise', () => {
    const [, { Properties }] = one(whole, 'Warehouse', 'AWS::Athena::WorkGroup');
    const { EnforceWorkGroupConfiguration, ResultConfiguration, BytesScannedCutoffPerQuery } =
      Properties.WorkGroupConfiguration;
    expect(EnforceWorkGroupConfiguration).toBe(true);
    expect(ResultConfiguration.EncryptionConfiguration.EncryptionOption).toBe('SSE_KMS');
    expect(BytesScannedCutoffPerQuery).toBeGreaterThan(0);
  });
});

describe('a file of a table', () => {
  it('may say where the files are, with a word for the bucket', () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glue-'));
    const parameters = { 'storage.location.template': 's3://{warehouse_bucket}/warehouse/turns/dt=${dt}/' };
    const columns = [{ name: 'text', type: 'string' }];
    fs.writeFileSync(
      path.join(folder, 'turns.json'),
      JSON.stringify({ name: 'turns_all', location: 's3://{warehouse_bucket}/warehouse/turns/', columns, parameters }),
    );
    const { TableInput } = one(deploy(PLAIN, folder), 'Warehouse', 'AWS::Glue::Table')[1].Properties;
    expect(TableInput.Name).toBe('turns_all');
    expect(flat(TableInput.StorageDescriptor.Location)).toBe('s3://<bucket>/warehouse/turns/');
    expect(flat(TableInput.Parameters['storage.location.template'])).toBe('s3://<bucket>/warehouse/turns/dt=${dt}/');
  });

  it('that says little is read', () => {
    const table = parseGlueTable('turns.json', '{"columns":[{"name":"text","type":"string"}],"more":1}');
    expect(table).toEqual({
      table: 'turns',
      columns: [{ name: 'text', type: 'string' }],
      partitionKeys: [{ name: 'dt', type: 'string' }],
      parameters: {},
    });
  });

  it.each([
    ['{"columns":[]}', /no columns/],
    ['{"columns":{}}', /are lists/],
    ['{"columns":[{"name":"text"}]}', /needs name and type/],
    ['{"columns":[{"name":"dt","type":"date"}]}', /dt stands there twice/],
  ])('that cannot be right is an error: %s', (text, message) => {
    expect(() => parseGlueTable('turns.json', text)).toThrow(message);
  });
});

describe('the generated tables', () => {
  it('are all in the database, with all their columns', () => {
    const tables = ofType(deploy(PLAIN, GLUE_FOLDER), 'Warehouse', 'AWS::Glue::Table').map(
      ([, table]) => table.Properties.TableInput,
    );
    expect(tables.map((table) => table.Name).sort()).toEqual(generated.map((table) => table.table).sort());
    for (const { table, columns } of generated) {
      const found = tables.find((one) => one.Name === table);
      expect(found.StorageDescriptor.Columns.map((column: { Name: string }) => column.Name)).toEqual(
        columns.map((column) => column.name),
      );
      expect(found.Parameters['projection.enabled']).toBe('true');
      expect(JSON.stringify(found.Parameters['storage.location.template'])).toContain(`/dt=\${dt}/`);
    }
  });

  it('of the tests stand where the tests say', () => {
    expect(fs.existsSync(GLUE_SAMPLE)).toBe(true);
  });
});
