// Tables, buckets, streams, queues, keys: as docs/aws.md says, encrypted, and kept.

import { describe, expect, it } from 'vitest';

import { deploy, everywhere, LOCAL, ofType, one, PLAIN, refersTo, WHOLE } from './deployment';

const whole = deploy(WHOLE);

describe('tables', () => {
  it('have the keys, streams, indexes and times to live of docs/aws.md', () => {
    const table = (id: string, stack = 'Pipeline') => one(whole, stack, 'AWS::DynamoDB::Table', id)[1].Properties;
    const keys = (id: string, stack?: string) =>
      table(id, stack).KeySchema.map((key: { AttributeName: string }) => key.AttributeName);
    expect(keys('Segments')).toEqual(['pk', 'sk']);
    expect(keys('Contacts')).toEqual(['pk']);
    expect(keys('Results')).toEqual(['pk', 'sk']);
    expect(keys('Index')).toEqual(['pk', 'sk']);
    expect(keys('Answers', 'VoiceAnswers')).toEqual(['pk']);

    for (const id of ['Segments', 'Index']) {
      expect(table(id).TimeToLiveSpecification).toEqual({ AttributeName: 'expires_at', Enabled: true });
      expect(table(id).StreamSpecification).toBeUndefined();
    }
    for (const id of ['Contacts', 'Results']) {
      expect(table(id).StreamSpecification).toEqual({ StreamViewType: 'NEW_IMAGE' });
      expect(table(id).TimeToLiveSpecification).toBeUndefined();
    }
    expect(table('Contacts').GlobalSecondaryIndexes).toEqual([
      {
        IndexName: 'open',
        KeySchema: [
          { AttributeName: 'open_shard', KeyType: 'HASH' },
          { AttributeName: 'pk', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['wake_at'] },
      },
    ]);
  });

  it('are on demand, can be restored, and have a key of ours', () => {
    const tables = everywhere(whole, 'AWS::DynamoDB::Table');
    expect(tables).toHaveLength(5);
    for (const [id, { Properties }] of tables) {
      expect(Properties.BillingMode, id).toBe('PAY_PER_REQUEST');
      expect(Properties.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled, id).toBe(true);
      expect(Properties.SSESpecification.SSEType, id).toBe('KMS');
      expect(
        refersTo(
          Properties.SSESpecification.KMSMasterKeyId,
          id.startsWith('Segments') ? 'RawKey' : id.startsWith('Answers') ? 'AnswersKey' : 'DataKey',
        ),
        id,
      ).toBe(true);
    }
  });
});

describe('buckets', () => {
  it('are closed to the public, encrypted, over TLS only, and logged', () => {
    const buckets = everywhere(whole, 'AWS::S3::Bucket');
    const policies = everywhere(whole, 'AWS::S3::BucketPolicy');
    for (const [id, { Properties }] of buckets) {
      expect(Object.values(Properties.PublicAccessBlockConfiguration), id).toEqual([true, true, true, true]);
      const algorithm =
        Properties.BucketEncryption.ServerSideEncryptionConfiguration[0].ServerSideEncryptionByDefault.SSEAlgorithm;
      expect(algorithm, id).toBe(id.startsWith('AccessLogs') ? 'AES256' : 'aws:kms');
      if (!id.startsWith('AccessLogs')) expect(Properties.LoggingConfiguration.DestinationBucketName, id).toBeDefined();
      const policy = policies.find(([, one]) => one.Properties.Bucket.Ref === id);
      const deny = policy?.[1].Properties.PolicyDocument.Statement.find(
        (statement: any) =>
          statement.Effect === 'Deny' && statement.Condition?.Bool?.['aws:SecureTransport'] === 'false',
      );
      expect(deny, `${id} over TLS only`).toBeDefined();
    }
  });

  it('of what is not redacted has a key of its own and forgets', () => {
    const [, { Properties }] = one(whole, 'Pipeline', 'AWS::S3::Bucket', 'Raw');
    const key =
      Properties.BucketEncryption.ServerSideEncryptionConfiguration[0].ServerSideEncryptionByDefault.KMSMasterKeyID;
    expect(refersTo(key, 'RawKey')).toBe(true);
    expect(Properties.LifecycleConfiguration.Rules).toContainEqual({
      Id: 'raw-days',
      ExpirationInDays: 30,
      Status: 'Enabled',
    });
    expect(Properties.VersioningConfiguration).toBeUndefined();
  });

  it('of the archive has the key of what is not redacted, forgets in its own time, and is kept when its stack goes', () => {
    const [, archive] = one(whole, 'Pipeline', 'AWS::S3::Bucket', 'Archive');
    const key =
      archive.Properties.BucketEncryption.ServerSideEncryptionConfiguration[0].ServerSideEncryptionByDefault
        .KMSMasterKeyID;
    expect(refersTo(key, 'RawKey')).toBe(true);
    expect(archive.Properties.LifecycleConfiguration.Rules).toContainEqual({
      Id: 'archive-days',
      ExpirationInDays: 400,
      Status: 'Enabled',
    });
    // What is removed for an erased contact has no version that stays, and nothing in it is imported.
    expect(archive.Properties.VersioningConfiguration).toBeUndefined();
    expect(archive.Properties.NotificationConfiguration).toBeUndefined();
    expect(archive.DeletionPolicy).toBe('Retain');
  });

  it('of an archive there is none where nobody says for how long', () => {
    const plain = deploy(PLAIN);
    expect(ofType(plain, 'Pipeline', 'AWS::S3::Bucket').filter(([id]) => id.startsWith('Archive'))).toEqual([]);
    expect(JSON.stringify(plain.resources)).not.toMatch(/ARCHIVE|\/archive\//);
  });

  it('tell EventBridge of new objects, by their own property', () => {
    for (const deployment of [whole, deploy(LOCAL)]) {
      const [, { Properties }] = one(deployment, 'Pipeline', 'AWS::S3::Bucket', 'Raw');
      expect(Properties.NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled).toBe(true);
    }
  });
});

describe('streams', () => {
  it('for events keep seven days, encrypted with the key of what is not redacted', () => {
    const [, { Properties }] = one(whole, 'Pipeline', 'AWS::Kinesis::Stream', 'Events');
    expect(Properties.Name).toBe('aws-dub-genai-events');
    expect(Properties.RetentionPeriodHours).toBe(7 * 24);
    expect(Properties.StreamEncryption.EncryptionType).toBe('KMS');
    expect(refersTo(Properties.StreamEncryption.KeyId, 'RawKey')).toBe(true);
  });

  it('let Connect write: its role may use the key', () => {
    const [, key] = one(whole, 'Pipeline', 'AWS::KMS::Key', 'RawKey');
    const statement = key.Properties.KeyPolicy.Statement.find((one: any) => one.Sid === 'ConnectWritesToTheStream');
    expect(statement.Action).toBe('kms:GenerateDataKey');
    expect(JSON.stringify(statement.Condition.ArnLike)).toContain('AWSServiceRoleForAmazonConnect_*');
  });
});

describe('queues', () => {
  it('are encrypted and take messages over TLS only', () => {
    const policies = everywhere(whole, 'AWS::SQS::QueuePolicy');
    for (const [id, { Properties }] of everywhere(whole, 'AWS::SQS::Queue')) {
      expect(Properties.SqsManagedSseEnabled, id).toBe(true);
      const policy = policies.find(([, one]) =>
        one.Properties.Queues.some((queue: { Ref: string }) => queue.Ref === id),
      );
      expect(JSON.stringify(policy?.[1].Properties), id).toContain('"aws:SecureTransport":"false"');
    }
  });

  it('of summaries stand an hour of throttling', () => {
    for (const id of ['CustomerSummaryQueue', 'AgentSummaryQueue']) {
      const [, { Properties }] = one(whole, 'Pipeline', 'AWS::SQS::Queue', id);
      // A receive each ten seconds for an hour, twice over.
      expect(Properties.RedrivePolicy.maxReceiveCount).toBeGreaterThanOrEqual(720);
    }
  });
});

describe('the queue of calls out', () => {
  it('stands two days of waiting for calling hours, whatever else is received meanwhile', () => {
    const [, { Properties }] = one(whole, 'VoiceAgent', 'AWS::SQS::Queue', 'OutboundCallQueue');
    // A receive each quarter of an hour, five times over.
    expect(Properties.RedrivePolicy.maxReceiveCount).toBeGreaterThanOrEqual(5 * 2 * 24 * 4);
  });
});

describe('what is kept', () => {
  const STATEFUL = [
    'AWS::DynamoDB::Table',
    'AWS::S3::Bucket',
    'AWS::Kinesis::Stream',
    'AWS::KMS::Key',
    'AWS::SecretsManager::Secret',
    'AWS::SQS::Queue',
    'AWS::Connect::Instance',
    'AWS::Connect::PhoneNumber',
    'AWS::Lex::Bot',
    'AWS::Bedrock::KnowledgeBase',
    'AWS::OpenSearchServerless::Collection',
  ];
  // With an instance of its own: where there is one, none is made.
  const own = deploy({ ...WHOLE, connectInstanceArn: '', connectInstanceAlias: 'bank' });

  it('stays when its stack goes', () => {
    for (const type of STATEFUL) {
      expect(everywhere(own, type), type).not.toHaveLength(0);
      for (const deployment of [whole, own]) {
        for (const [id, resource] of everywhere(deployment, type)) expect(resource.DeletionPolicy, id).toBe('Retain');
      }
    }
  });

  it('goes with it where the deployment is ephemeral, as on a local AWS', () => {
    for (const type of STATEFUL) {
      for (const [id, resource] of everywhere(deploy(LOCAL), type))
        expect(resource.DeletionPolicy, id).not.toBe('Retain');
    }
  });

  it('has keys that rotate', () => {
    for (const [id, key] of everywhere(whole, 'AWS::KMS::Key')) expect(key.Properties.EnableKeyRotation, id).toBe(true);
  });

  it('holds no log for longer than it has to', () => {
    for (const [id, group] of everywhere(whole, 'AWS::Logs::LogGroup')) {
      expect(group.Properties.RetentionInDays, id).toBeLessThanOrEqual(30);
    }
    expect(ofType(whole, 'Pipeline', 'AWS::Logs::LogGroup')).toHaveLength(11);
  });
});
