// Says what is missing for contacts to arrive: what CloudFormation has no type for, and what somebody may have undone since.
// With --fix it does what it can: it has buckets tell EventBridge of new objects and Connect write to the stream, and turns on
// times to live. It never changes what somebody else has set.
//
//   npm run check-account -- [--name aftercall] [--connect ARN] [--buckets a,b] [--lex-logs a,b] [--fix]

import { CloudWatchLogsClient, DescribeSubscriptionFiltersCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  AssociateInstanceStorageConfigCommand,
  ConnectClient,
  DescribeInstanceAttributeCommand,
  InstanceStorageResourceType,
  ListInstanceStorageConfigsCommand,
} from '@aws-sdk/client-connect';
import { DescribeTimeToLiveCommand, DynamoDBClient, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { DescribeStreamSummaryCommand, KinesisClient } from '@aws-sdk/client-kinesis';
import { LambdaClient, ListEventSourceMappingsCommand } from '@aws-sdk/client-lambda';
import {
  GetBucketNotificationConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { ListSubscriptionsByTopicCommand, SNSClient } from '@aws-sdk/client-sns';

import { flag, NAME, needed, ON_AWS, outputsOf } from './deployed';

const FIX = flag('fix') !== undefined;
const list = (name: string): string[] => (flag(name) ?? '').split(',').filter((part) => part !== '');
let missing = 0;

function say(good: boolean, what: string, how = ''): void {
  if (!good) missing += 1;
  console.log(`${good ? 'ok      ' : 'MISSING '} ${what}${good || how === '' ? '' : `\n           ${how}`}`);
}

/** A check that a service may refuse to answer. */
async function check(what: string, ask: () => Promise<void>): Promise<void> {
  try {
    await ask();
  } catch (error) {
    say(false, what, `cannot be checked: ${(error as Error).message}`);
  }
}

async function checkStream(name: string): Promise<string> {
  const { StreamDescriptionSummary: stream } = await new KinesisClient({}).send(
    new DescribeStreamSummaryCommand({ StreamName: name }),
  );
  say((stream?.RetentionPeriodHours ?? 0) >= 168, `${name} keeps seven days`);
  if (ON_AWS) say(stream?.EncryptionType === 'KMS', `${name} is encrypted`);
  return stream?.StreamARN ?? '';
}

async function checkConnect(instanceArn: string, streamArn: string): Promise<void> {
  const InstanceId = instanceArn.split('/').at(-1) ?? '';
  const connect = new ConnectClient({});
  const types: InstanceStorageResourceType[] = [
    'CONTACT_TRACE_RECORDS',
    'REAL_TIME_CONTACT_ANALYSIS_VOICE_SEGMENTS',
    'REAL_TIME_CONTACT_ANALYSIS_CHAT_SEGMENTS',
  ];
  for (const ResourceType of types) {
    await check(`Connect writes ${ResourceType}`, async () => {
      const { StorageConfigs } = await connect.send(
        new ListInstanceStorageConfigsCommand({ InstanceId, ResourceType }),
      );
      const streams = (StorageConfigs ?? []).map((config) => config.KinesisStreamConfig?.StreamArn);
      if (streams.length === 0 && FIX) {
        const StorageConfig = { StorageType: 'KINESIS_STREAM', KinesisStreamConfig: { StreamArn: streamArn } } as const;
        await connect.send(new AssociateInstanceStorageConfigCommand({ InstanceId, ResourceType, StorageConfig }));
        streams.push(streamArn);
      }
      const elsewhere =
        streams.length > 0 && !streams.includes(streamArn)
          ? ` (it writes them to ${streams.join(', ')}; one stream is all that Connect allows)`
          : '';
      say(
        streams.includes(streamArn),
        `Connect writes ${ResourceType} to the stream`,
        `deploy Account with -c connectInstanceArn=…${elsewhere}`,
      );
    });
  }
  for (const [AttributeType, why] of [
    ['CONTACT_LENS', 'conversations are analysed'],
    ['CONTACTFLOW_LOGS', 'flows are logged'],
  ] as const) {
    await check(why, async () => {
      const { Attribute } = await connect.send(new DescribeInstanceAttributeCommand({ InstanceId, AttributeType }));
      say(
        Attribute?.Value === 'true',
        `${AttributeType} is on: ${why}`,
        'switch it on in the instance; a flow also needs "Set recording and analytics behavior"',
      );
    });
  }
}

async function checkBucket(Bucket: string): Promise<void> {
  const s3 = new S3Client({ forcePathStyle: !ON_AWS });
  const { $metadata, ...configuration } = await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket }));
  let tells = configuration.EventBridgeConfiguration !== undefined;
  if (!tells && FIX) {
    // What is there already stays: the call replaces the whole configuration.
    await s3.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket,
        NotificationConfiguration: { ...configuration, EventBridgeConfiguration: {} },
      }),
    );
    tells = true;
  }
  say(tells, `bucket ${Bucket} tells EventBridge of new objects`, 'run this again with --fix');
}

async function checkLexLogs(logGroupName: string, streamArn: string): Promise<void> {
  const { subscriptionFilters } = await new CloudWatchLogsClient({}).send(
    new DescribeSubscriptionFiltersCommand({ logGroupName }),
  );
  const arrives = (subscriptionFilters ?? []).some((filter) => filter.destinationArn === streamArn);
  say(
    arrives,
    `log group ${logGroupName} is written to the stream`,
    'deploy Account with -c lexLogGroups=…; a log group takes two subscriptions at the most',
  );
}

async function checkMappings(): Promise<void> {
  const lambda = new LambdaClient({});
  for (const program of [
    'ingest',
    'import',
    'routing',
    'customer-summary',
    'agent-summary',
    'sentiment',
    'first-response',
    'publish',
  ]) {
    await check(`${program} is fed`, async () => {
      const { EventSourceMappings } = await lambda.send(
        new ListEventSourceMappingsCommand({ FunctionName: `${NAME}-${program}` }),
      );
      const states = (EventSourceMappings ?? []).map((mapping) => mapping.State);
      say(
        states.length > 0 && states.every((state) => state === 'Enabled'),
        `${program} is fed (${states.join(', ') || 'no mapping'})`,
        'aws lambda update-event-source-mapping --uuid … --enabled',
      );
    });
  }
}

async function checkExpiry(TableName: string): Promise<void> {
  const dynamodb = new DynamoDBClient({});
  const { TimeToLiveDescription } = await dynamodb.send(new DescribeTimeToLiveCommand({ TableName }));
  let on = TimeToLiveDescription?.TimeToLiveStatus?.startsWith('ENABL') === true;
  if (!on && FIX) {
    await dynamodb.send(
      new UpdateTimeToLiveCommand({
        TableName,
        TimeToLiveSpecification: { AttributeName: 'expires_at', Enabled: true },
      }),
    );
    on = true;
  }
  say(on, `table ${TableName} forgets by expires_at`, 'run this again with --fix');
}

async function checkAlarms(): Promise<void> {
  const TopicArn = (await outputsOf('observability')).AlarmTopicArn;
  if (TopicArn === undefined) return say(false, 'alarms tell somebody', 'deploy Observability');
  const { Subscriptions } = await new SNSClient({}).send(new ListSubscriptionsByTopicCommand({ TopicArn }));
  const confirmed = (Subscriptions ?? []).filter((one) => one.SubscriptionArn?.startsWith('arn:') === true);
  say(
    confirmed.length > 0,
    'alarms tell somebody',
    'deploy Observability with -c alarmEmail=… and confirm the mail, or subscribe to the topic',
  );
}

async function main(): Promise<void> {
  const pipeline = await outputsOf('pipeline');
  const streamArn = await checkStream(needed(pipeline, 'EventsStreamName'));
  await checkMappings();
  for (const table of ['SegmentsTableName', 'IndexTableName']) {
    await check(table, () => checkExpiry(needed(pipeline, table)));
  }
  for (const bucket of [needed(pipeline, 'RawBucketName'), ...list('buckets')]) {
    await check(`bucket ${bucket}`, () => checkBucket(bucket));
  }
  for (const group of list('lex-logs')) await check(`log group ${group}`, () => checkLexLogs(group, streamArn));
  const instance = flag('connect');
  if (instance !== undefined && instance !== '') await checkConnect(instance, streamArn);
  else console.log('skipped  Connect: name an instance with --connect ARN');
  await check('alarms tell somebody', checkAlarms);
  console.log(missing === 0 ? 'nothing is missing' : `${missing} missing`);
  process.exitCode = missing === 0 ? 0 : 1;
}

main().catch((error: Error) => {
  console.error(`check-account: ${error.message}`);
  process.exitCode = 1;
});
