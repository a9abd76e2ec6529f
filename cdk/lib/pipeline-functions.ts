// The functions of the pipeline: by what each is fed, and what each may do. A function's permissions are read off what its
// stage asks of the ports (`pipeline/stages/src/ports.rs`).

import { Duration, Stack } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';

import { bedrockPermissions, comprehendPermissions, mayUseComprehend } from './models';
import { FunctionUnit, FunctionUnitProps } from './function-unit';
import { encrypting, objects, Permission, readWrite, seeingWhatIsMissing } from './permission';
import type { PipelineStack } from './pipeline-stack';

/** Stages that run behind a queue, and the stages of an event that each of them listens to. */
export const QUEUED_STAGES: Record<string, readonly string[]> = {
  'customer-summary': ['customer-summary'],
  'agent-summary': ['agent-summary'],
  sentiment: ['sentiment', 'measures', 'categories', 'entities'],
  'first-response': ['first-response'],
};

/** Where files are put that are to be imported; `inputs/` is where ingest keeps large bodies. */
export const IMPORT_PREFIX = 'incoming/';

/** The variables of docs/aws.md that say where everything is. */
export function environmentOf(stack: PipelineStack): Record<string, string> {
  return {
    AFTERCALL_SEGMENTS_TABLE: stack.segments.tableName,
    AFTERCALL_CONTACTS_TABLE: stack.contacts.tableName,
    AFTERCALL_RESULTS_TABLE: stack.results.tableName,
    AFTERCALL_INDEX_TABLE: stack.index.tableName,
    AFTERCALL_RAW_BUCKET: stack.rawBucket.bucketName,
    AFTERCALL_RAW_DAYS: String(stack.config.rawDays),
    AFTERCALL_ANALYSIS_BUCKET: stack.analysisBucket.bucketName,
    AFTERCALL_EVENT_BUS: stack.bus.eventBusName,
    AFTERCALL_INSIGHTS_STREAM: stack.insights.streamName,
    AFTERCALL_HMAC_SECRET: stack.hmacSecret.secretArn,
  };
}

/** Where all documents of the archive and the notes on them lie. */
export const ARCHIVE_PREFIX = 'archive/';

/** Says where the archive is, to who keeps documents, takes them in again, or erases them; nothing where there is none. */
export function archiveEnvironment(stack: PipelineStack): Record<string, string> {
  return stack.archiveBucket === undefined ? {} : { AFTERCALL_ARCHIVE_BUCKET: stack.archiveBucket.bucketName };
}

/** The permission to read the SSM parameter with the settings, where there is one. */
export function settingsPermissions(stack: Stack, parameter: string | undefined): Permission[] {
  if (parameter === undefined) return [];
  const resourceName = parameter.replace(/^\//, '');
  return [
    {
      actions: ['ssm:GetParameter'],
      resources: [stack.formatArn({ service: 'ssm', resource: 'parameter', resourceName })],
    },
  ];
}

export function makePipelineFunctions(stack: PipelineStack): FunctionUnit[] {
  const { config, rawKey, dataKey, rawBucket, analysisBucket, segments, contacts, results, index } = stack;

  const make = (
    id: string,
    props: Omit<FunctionUnitProps, 'config' | 'environment'> & { environment?: Record<string, string> },
  ) =>
    new FunctionUnit(stack, id, {
      ...props,
      config,
      environment: { ...environmentOf(stack), ...props.environment },
      permissions: [...(props.permissions ?? []), ...settingsPermissions(stack, config.settingsParameter)],
    });

  // What several functions do alike.
  const items = (actions: readonly string[], ...resources: string[]): Permission => ({
    actions: actions.map((action) => `dynamodb:${action}`),
    resources,
  });
  const moveContact = items(['GetItem', 'PutItem'], contacts.tableArn);
  // Published revisions, recordings, quarantine entries and attempts are only ever added.
  const addToIndex = items(['PutItem'], index.tableArn);
  const readInputs = [items(['Query'], segments.tableArn), objects(rawBucket.bucketArn, ['inputs/'], ['s3:GetObject'])];
  const putAside = objects(rawBucket.bucketArn, ['quarantine/'], ['s3:PutObject']);
  const announce: Permission = { actions: ['events:PutEvents'], resources: [stack.bus.eventBusArn] };
  const tellInsights: Permission = {
    actions: ['kinesis:PutRecord', 'kinesis:PutRecords'],
    resources: [stack.insights.streamArn],
  };

  const { archiveBucket } = stack;
  // What was kept before it was known that its contact has been erased is removed again.
  const keep =
    archiveBucket === undefined
      ? []
      : [objects(archiveBucket.bucketArn, [ARCHIVE_PREFIX], ['s3:PutObject', 's3:DeleteObject'])];

  const takeIn: Permission[] = [
    ...keep,
    moveContact,
    addToIndex,
    // Recordings, by which a transcript and a contact record find each other.
    items(['Query'], index.tableArn),
    ...readInputs,
    items(['PutItem'], segments.tableArn),
    objects(rawBucket.bucketArn, ['inputs/', 'quarantine/'], ['s3:PutObject']),
    { actions: ['secretsmanager:GetSecretValue'], resources: [stack.hmacSecret.secretArn] },
    seeingWhatIsMissing(rawBucket),
    encrypting(rawKey, dataKey),
  ];
  const route: Permission[] = [
    moveContact,
    addToIndex,
    ...readInputs,
    putAside,
    readWrite(analysisBucket, 'conversations/'),
    announce,
    seeingWhatIsMissing(rawBucket, analysisBucket),
    encrypting(rawKey, dataKey),
  ];
  const publish: Permission[] = [
    moveContact,
    addToIndex,
    items(['Query'], results.tableArn),
    objects(analysisBucket.bucketArn, ['results/', 'conversations/'], ['s3:GetObject']),
    readWrite(analysisBucket, 'analyses/'),
    tellInsights,
    announce,
    seeingWhatIsMissing(analysisBucket),
    encrypting(dataKey),
  ];
  const runStage: Permission[] = [
    items(['GetItem', 'PutItem'], results.tableArn),
    // Whether the contact of a message that finds nothing has been erased.
    items(['GetItem'], contacts.tableArn),
    addToIndex,
    objects(analysisBucket.bucketArn, ['conversations/'], ['s3:GetObject']),
    readWrite(analysisBucket, 'results/'),
    seeingWhatIsMissing(analysisBucket),
    tellInsights,
    encrypting(dataKey),
    // A message that means nothing is put aside with its bytes: the raw zone is written here, never read.
    putAside,
    { actions: ['kms:GenerateDataKey'], resources: [rawKey.keyArn] },
  ];

  const ingest = make('Ingest', {
    program: 'ingest',
    description: 'Events of the stream to segments and contacts',
    timeout: Duration.minutes(1),
    environment: archiveEnvironment(stack),
    permissions: takeIn,
  });
  ingest.readKinesis(stack.events, {
    failures: rawBucket,
    batchSize: 200,
    parallelization: 4,
    batchingWindow: Duration.seconds(1),
    // A day of trying again for what a service's outage stops; what is wrong with a record itself goes to quarantine.
    maxRecordAge: Duration.days(1),
    retryAttempts: 100,
  });

  const importUnit = make('Import', {
    program: 'import',
    description: 'Files in S3 to segments and contacts',
    memoryMb: 1024,
    timeout: Duration.minutes(2),
    queue: { batchSize: 5, maxConcurrency: 20 },
    environment: archiveEnvironment(stack),
    permissions: [
      ...takeIn,
      objects(rawBucket.bucketArn, [IMPORT_PREFIX], ['s3:GetObject']),
      ...sourcePermissions(stack),
    ],
  });
  importUnit.hear('RawObjects', `A file under ${IMPORT_PREFIX} of the raw bucket is imported`, undefined, {
    source: ['aws.s3'],
    detailType: ['Object Created'],
    detail: { bucket: { name: [rawBucket.bucketName] }, object: { key: [{ prefix: IMPORT_PREFIX }] } },
  });
  if (config.sourceBuckets.length > 0) {
    importUnit.hear('SourceObjects', 'A transcript in a bucket of the contact centre is imported', undefined, {
      source: ['aws.s3'],
      detailType: ['Object Created'],
      detail: {
        bucket: { name: [...config.sourceBuckets] },
        object: { key: [{ suffix: '.json' }, { suffix: '.jsonl' }, { suffix: '.jsonl.gz' }, { suffix: '.json.gz' }] },
      },
    });
  }

  const routing = make('Routing', {
    program: 'routing',
    description: 'Ready contacts: validates, quarantines, assembles, redacts, routes',
    memoryMb: 1024,
    timeout: Duration.minutes(2),
    // A contact without a conversation has no stages to wait for: it is published when it is routed.
    permissions: [...route, ...publish],
  });
  routing.readTable(contacts, {
    failures: rawBucket,
    batchSize: 25,
    parallelization: 4,
    maxRecordAge: Duration.hours(12),
    retryAttempts: 100,
    filter: { dynamodb: { NewImage: { phase: { S: ['ready'] } } } },
  });

  const summaryPermissions = [
    ...runStage,
    // Leases on an answer, and what the day has cost.
    items(['GetItem', 'UpdateItem', 'DeleteItem'], index.tableArn),
    readWrite(analysisBucket, 'exchanges/'),
    ...bedrockPermissions(stack, config),
  ];
  // A throttled model is waited out by the message's visibility, and each wait is a receive. An hour of throttling at one
  // receive each half minute is 120; 1,000 leaves nothing to a day of it. What can never succeed is kept as a failed result
  // and does not come back; a model that may not be called comes back each hour; and the message itself ends after 14 days.
  const summaryQueue = { batchSize: 1, maxConcurrency: 10, maxReceiveCount: 1000 };
  const customerSummary = make('CustomerSummary', {
    program: 'customer-summary',
    description: 'UC1: summary of customer and bot',
    timeout: Duration.minutes(3),
    queue: summaryQueue,
    permissions: summaryPermissions,
  });
  const agentSummary = make('AgentSummary', {
    program: 'agent-summary',
    description: 'UC2: summary of customer and agent',
    timeout: Duration.minutes(3),
    queue: summaryQueue,
    permissions: summaryPermissions,
  });
  const sentiment = make('Sentiment', {
    program: 'sentiment',
    description: 'Sentiment, measures, categories, entities',
    memoryMb: 1024,
    timeout: Duration.minutes(1),
    // Comprehend throttles too: see the summaries.
    queue: {
      batchSize: 10,
      maxConcurrency: 20,
      maxReceiveCount: mayUseComprehend(config) ? 1000 : 5,
    },
    permissions: [...runStage, ...comprehendPermissions(config)],
  });
  const firstResponse = make('FirstResponse', {
    program: 'first-response',
    description: "The bot's first answer and its latency",
    timeout: Duration.minutes(1),
    queue: { batchSize: 10, maxConcurrency: 10 },
    permissions: runStage,
  });
  for (const unit of [customerSummary, agentSummary, sentiment, firstResponse]) {
    const stages = [...(QUEUED_STAGES[unit.program] ?? [])];
    unit.hear('Routed', `A routed contact that needs ${stages.join(', ')}`, stack.bus, {
      source: ['aftercall'],
      detailType: ['ContactRouted'],
      detail: { stages },
    });
  }

  const publishUnit = make('Publish', {
    program: 'publish',
    description: 'Completes analyses; tells the insights stream',
    timeout: Duration.minutes(1),
    permissions: publish,
  });
  publishUnit.readTable(results, {
    failures: rawBucket,
    batchSize: 50,
    parallelization: 4,
    maxRecordAge: Duration.hours(12),
    retryAttempts: 100,
    filter: { eventName: ['INSERT'], dynamodb: { NewImage: { publishes: { S: ['yes'] } } } },
  });

  const reconcile = make('Reconcile', {
    program: 'reconcile',
    description: 'Idle contacts, expired deadlines, stuck ones',
    memoryMb: 1024,
    timeout: Duration.minutes(5),
    reservedConcurrency: 1,
    // Where a stream has lost its record, reconcile routes and publishes by itself.
    permissions: [items(['Query'], `${contacts.tableArn}/index/open`), ...route, ...publish],
  });
  reconcile.every(Duration.minutes(1), 'Contacts that wait for nothing any more', 0);

  const backfill = make('Backfill', {
    program: 'backfill',
    description: 'Re-runs a stage over what is published, through the queues of the stages, on demand',
    memoryMb: 1024,
    timeout: Duration.minutes(15),
    // One step of a job at a time, of two jobs at the most.
    queue: { batchSize: 1, maxConcurrency: 2, ownMessages: true },
    seldom: true,
    permissions: [
      ...publish,
      announce,
      // Published revisions; jobs. Proposals are read, and accepted under their revision's own key.
      items(['Query', 'GetItem'], index.tableArn),
      items(['GetItem', 'PutItem'], results.tableArn),
      objects(analysisBucket.bucketArn, ['results/'], ['s3:PutObject']),
    ],
  });

  const queued = [importUnit, customerSummary, agentSummary, sentiment, firstResponse, backfill];
  const redrive = make('Redrive', {
    program: 'redrive',
    description: 'Quarantine and dead letters back in, on demand',
    memoryMb: 1024,
    timeout: Duration.minutes(15),
    reservedConcurrency: 1,
    seldom: true,
    environment: { ...archiveEnvironment(stack), AFTERCALL_DEAD_LETTER_QUEUES: deadLetterQueues(stack, queued) },
    permissions: [
      ...takeIn,
      ...route,
      ...publish,
      ...fetchBack(rawBucket),
      // Documents of the archive by their days.
      ...(archiveBucket === undefined
        ? []
        : [objects(archiveBucket.bucketArn, [ARCHIVE_PREFIX], ['s3:GetObject']), seeingWhatIsMissing(archiveBucket)]),
      // Entries of the quarantine: attempts are counted, and what is back in goes.
      items(['UpdateItem', 'DeleteItem'], index.tableArn),
      // A failed result makes room before the model is asked again.
      items(['GetItem', 'DeleteItem'], results.tableArn),
      {
        actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage'],
        resources: queued.flatMap((unit) => (unit.deadLetters === undefined ? [] : [unit.deadLetters.queueArn])),
      },
      {
        actions: ['sqs:SendMessage'],
        resources: queued.flatMap((unit) => (unit.queue === undefined ? [] : [unit.queue.queueArn])),
      },
    ],
  });

  return [
    ingest,
    importUnit,
    routing,
    customerSummary,
    agentSummary,
    sentiment,
    firstResponse,
    publishUnit,
    reconcile,
    backfill,
    redrive,
  ];
}

/** Reading the files of the contact centre's own buckets, and what encrypts them. */
function sourcePermissions(stack: PipelineStack): Permission[] {
  const { sourceBuckets, sourceBucketKeys } = stack.config;
  const buckets = sourceBuckets.map((name) => ({
    bucketArn: stack.formatArn({ service: 's3', region: '', account: '', resource: name }),
  }));
  const permissions = buckets.map(({ bucketArn }) => objects(bucketArn, [''], ['s3:GetObject']));
  // Of each file import asks whether there is a `<key>.contact.json` beside it, and mostly there is none.
  if (buckets.length > 0) permissions.push(seeingWhatIsMissing(...buckets));
  if (sourceBucketKeys.length > 0) permissions.push({ actions: ['kms:Decrypt'], resources: sourceBucketKeys });
  return permissions;
}

/** What was put aside, by us or by Lambda; it goes away when it is back in. */
function fetchBack(rawBucket: s3.Bucket): Permission[] {
  const prefixes = ['quarantine/', 'aws/lambda/'];
  return [objects(rawBucket.bucketArn, prefixes, ['s3:GetObject', 's3:DeleteObject'])];
}

/** Function name to its queues: redrive moves messages between them, erase searches the dead letters. */
export function deadLetterQueues(stack: Stack, units: readonly FunctionUnit[]): string {
  return stack.toJsonString(
    Object.fromEntries(
      units.map((unit) => [unit.program, { dead_letters: unit.deadLetters?.queueUrl, queue: unit.queue?.queueUrl }]),
    ),
  );
}
