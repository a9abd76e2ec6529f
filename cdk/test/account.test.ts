// The wiring of a real account: what Connect and Lex are asked to write to the stream, and the saved queries.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';

import { deploy, INSTANCE_ARN, ofType, one, PLAIN, refersTo, statementsOf, WHOLE } from './deployment';

const whole = deploy(WHOLE);

describe('Connect', () => {
  it('writes contact records and segments of calls and chats to the stream', () => {
    const configs = ofType(whole, 'Account', 'AWS::Connect::InstanceStorageConfig').map(
      ([, config]) => config.Properties,
    );
    expect(configs.map((config) => config.ResourceType).sort()).toEqual([
      'CONTACT_TRACE_RECORDS',
      'REAL_TIME_CONTACT_ANALYSIS_CHAT_SEGMENTS',
      'REAL_TIME_CONTACT_ANALYSIS_VOICE_SEGMENTS',
    ]);
    for (const config of configs) {
      expect(config).toMatchObject({ InstanceArn: INSTANCE_ARN, StorageType: 'KINESIS_STREAM' });
      expect(refersTo(config.KinesisStreamConfig.StreamArn, 'Events')).toBe(true);
    }
  });

  it('is left alone where no instance is named', () => {
    expect(ofType(deploy(PLAIN), 'Account', 'AWS::Connect::InstanceStorageConfig')).toEqual([]);
  });
});

describe('Lex', () => {
  it('has its log groups written to the stream, by a role that may do nothing else', () => {
    const filters = ofType(whole, 'Account', 'AWS::Logs::SubscriptionFilter').map(([, filter]) => filter.Properties);
    expect(filters.map((filter) => filter.LogGroupName)).toEqual(['/aws/lex/bank', '/aws/lex/shop']);
    for (const filter of filters) expect(refersTo(filter.DestinationArn, 'Events')).toBe(true);
    const [role] = one(whole, 'Account', 'AWS::IAM::Role', 'SubscriptionRole');
    const actions = statementsOf(whole, 'Account', role).flatMap((statement) => statement.Action);
    expect(actions.sort()).toEqual(['kinesis:PutRecord', 'kinesis:PutRecords', 'kms:GenerateDataKey']);
  });
});

describe('the saved queries', () => {
  it('are those of schemas/sql, and what makes the views', () => {
    const queries = ofType(whole, 'Account', 'AWS::Athena::NamedQuery').map(([, query]) => query.Properties);
    const files = (folder: string) =>
      fs
        .readdirSync(path.join(__dirname, '..', '..', 'schemas', 'sql', folder))
        .map((file) => path.basename(file, '.sql'));
    const names = [...files('views').map((name) => `view-${name}`), ...files('queries')];
    expect(queries.map((query) => query.Name).sort()).toEqual(names.sort());
    for (const query of queries) {
      expect(query.Description).toBeTruthy();
      if (query.Name.startsWith('view-')) expect(query.QueryString).toMatch(/^CREATE OR REPLACE VIEW \w+ AS\n/);
    }
  });
});
