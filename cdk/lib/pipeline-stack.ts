// The pipeline: what keeps contacts (`PipelineStores`), what carries them (stream, bus, queues), and the functions.
// The functions and what each may do are in `pipeline-functions.ts`; `analytics-dump` is in the Warehouse stack.

import { Annotations, CfnOutput, Duration, Stack, StackProps, Validations } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as secrets from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

import { Config } from './config';
import { FunctionUnit } from './function-unit';
import { makePipelineFunctions } from './pipeline-functions';
import { makeAccessLogs, makeBucket, makeKey, makeTable, removalOf } from './storage';

export interface PipelineStackProps extends StackProps {
  readonly config: Config;
}

export class PipelineStack extends Stack {
  readonly config: Config;
  /** Key of what is not redacted: raw bucket, segments, the stream. */
  readonly rawKey: kms.Key;
  /** Key of what is. */
  readonly dataKey: kms.Key;
  readonly rawBucket: s3.Bucket;
  readonly analysisBucket: s3.Bucket;
  /** Documents as they came, where the deployment keeps them. */
  readonly archiveBucket?: s3.Bucket;
  readonly segments: dynamodb.Table;
  readonly contacts: dynamodb.Table;
  readonly results: dynamodb.Table;
  readonly index: dynamodb.Table;
  readonly events: kinesis.Stream;
  readonly insights: kinesis.Stream;
  readonly bus: events.EventBus;
  readonly hmacSecret: secrets.Secret;
  readonly units: FunctionUnit[];

  constructor(scope: Construct, id: string, props: PipelineStackProps) {
    super(scope, id, props);
    const { config } = props;
    this.config = config;

    this.rawKey = makeKey(this, 'RawKey', config, 'aftercall: what is not redacted');
    this.dataKey = makeKey(this, 'DataKey', config, 'aftercall: conversations, analyses and what is known of contacts');

    const accessLogs = makeAccessLogs(this, config);
    this.rawBucket = makeBucket(this, 'Raw', config, {
      key: this.rawKey,
      accessLogs,
      notifies: true,
      lifecycleRules: [{ id: 'raw-days', expiration: Duration.days(config.rawDays) }],
    });
    this.analysisBucket = makeBucket(this, 'Analysis', config, {
      key: this.dataKey,
      accessLogs,
      versioned: true,
      lifecycleRules: [{ id: 'old-versions', noncurrentVersionExpiration: Duration.days(30) }],
    });

    if (config.archiveDays !== undefined) {
      this.archiveBucket = makeBucket(this, 'Archive', config, {
        key: this.rawKey,
        accessLogs,
        lifecycleRules: [{ id: 'archive-days', expiration: Duration.days(config.archiveDays) }],
      });
    }

    this.segments = makeTable(this, 'Segments', config, { key: this.rawKey, sortKey: true, expires: true });
    this.contacts = makeTable(this, 'Contacts', config, { key: this.dataKey, stream: true });
    this.contacts.addGlobalSecondaryIndex({
      indexName: 'open',
      partitionKey: { name: 'open_shard', type: dynamodb.AttributeType.STRING },
      sortKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
      projectionType: dynamodb.ProjectionType.INCLUDE,
      nonKeyAttributes: ['wake_at'],
    });
    this.results = makeTable(this, 'Results', config, { key: this.dataKey, sortKey: true, stream: true });
    this.index = makeTable(this, 'Index', config, { key: this.dataKey, sortKey: true, expires: true });

    this.events = new kinesis.Stream(this, 'Events', {
      streamName: config.streamName,
      streamMode: kinesis.StreamMode.ON_DEMAND,
      retentionPeriod: Duration.days(7),
      encryption: kinesis.StreamEncryption.KMS,
      encryptionKey: this.rawKey,
      removalPolicy: removalOf(config),
    });
    this.allowConnect();
    this.insights = new kinesis.Stream(this, 'Insights', {
      streamMode: kinesis.StreamMode.ON_DEMAND,
      retentionPeriod: Duration.days(1),
      encryption: kinesis.StreamEncryption.KMS,
      encryptionKey: this.dataKey,
      removalPolicy: removalOf(config),
    });
    for (const stream of [this.events, this.insights]) {
      Validations.of(stream).acknowledge({
        id: 'AwsSolutions-KDS3',
        reason: 'A key of our own says who reads: Connect and the functions, and for unredacted text nobody else.',
      });
    }
    this.bus = new events.EventBus(this, 'Bus', { eventBusName: `${config.name}-contacts` });

    this.hmacSecret = new secrets.Secret(this, 'CustomerHashKey', {
      description: 'aftercall: key of the hashes that stand for customers’ numbers and addresses',
      encryptionKey: this.rawKey,
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy: removalOf(config),
    });
    Validations.of(this.hmacSecret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'With another key the same customer gets another hash: contacts of before and after would not be found together.',
    });

    this.units = makePipelineFunctions(this);
    this.outputs();
    if (config.local && config.assets === 'lambda' && config.architecture !== 'x86_64') {
      Annotations.of(this).addInfo('the local AWS runs the functions on this machine: -c arch= has to be its own');
    }
  }

  /** Connect writes to the stream under its service-linked role, which an encrypted stream has to let in. */
  private allowConnect(): void {
    this.rawKey.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'ConnectWritesToTheStream',
        principals: [new iam.AccountRootPrincipal()],
        actions: ['kms:GenerateDataKey'],
        resources: ['*'],
        conditions: {
          ArnLike: {
            'aws:PrincipalArn': this.formatArn({
              service: 'iam',
              region: '',
              resource: 'role',
              resourceName: 'aws-service-role/connect.amazonaws.com/AWSServiceRoleForAmazonConnect_*',
            }),
          },
        },
      }),
    );
  }

  private outputs(): void {
    const outputs: Record<string, string> = {
      SegmentsTable: this.segments.tableName,
      ContactsTable: this.contacts.tableName,
      ResultsTable: this.results.tableName,
      IndexTable: this.index.tableName,
      RawBucket: this.rawBucket.bucketName,
      AnalysisBucket: this.analysisBucket.bucketName,
      EventsStream: this.events.streamName,
      InsightsStream: this.insights.streamName,
      EventBus: this.bus.eventBusName,
      CustomerHashKeySecret: this.hmacSecret.secretArn,
      ...(this.archiveBucket === undefined ? {} : { ArchiveBucket: this.archiveBucket.bucketName }),
    };
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, `${name}Name`, { value });
  }
}
