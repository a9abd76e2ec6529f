// The functions of the voice agent, its table and its queue: the part of it that a local AWS can run. `outbound-call` is
// here only on a local AWS; else it stands in `VoiceAgent`, where flow, queue and number are known.

import { CfnOutput, Duration, Stack, StackProps, Validations } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secrets from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

import { Config } from './config';
import { FunctionUnit, FunctionUnitProps } from './function-unit';
import { agentPermissions, bedrockPermissions } from './models';
import { decrypting, encrypting, objects, Permission, seeingWhatIsMissing } from './permission';
import { settingsPermissions } from './pipeline-functions';
import { PipelineStack } from './pipeline-stack';
import { makeKey, makeTable, removalOf } from './storage';
import { DOCUMENTS, VoiceKnowledgeStack } from './voice-knowledge-stack';

export interface VoiceAnswersStackProps extends StackProps {
  readonly config: Config;
  readonly pipeline: PipelineStack;
  readonly knowledge: VoiceKnowledgeStack;
}

/** Where a call out starts from, and the bus on which flagged contacts are told. */
export interface OutboundFrom {
  readonly instanceId: string;
  readonly instanceArn: string;
  readonly flowId: string;
  readonly queueId: string;
  readonly sourceNumber: string;
  readonly bus: events.IEventBus;
}

export class VoiceAnswersStack extends Stack {
  readonly key: kms.Key;
  readonly answers: dynamodb.Table;
  readonly voiceAgent: FunctionUnit;
  readonly producer: FunctionUnit;
  readonly worker: FunctionUnit;
  readonly consumer: FunctionUnit;
  readonly knowledgeSync: FunctionUnit;
  readonly knowledgeReview: FunctionUnit;
  readonly earlierCalls: FunctionUnit;
  readonly units: FunctionUnit[];

  constructor(scope: Construct, id: string, props: VoiceAnswersStackProps) {
    super(scope, id, props);
    const { config, pipeline, knowledge } = props;

    this.key = makeKey(this, 'AnswersKey', config, 'aftercall: answers of the voice agent');
    this.answers = makeTable(this, 'Answers', config, { key: this.key, expires: true });
    // An erasure finds by it what is kept of a contact.
    this.answers.addGlobalSecondaryIndex({
      indexName: 'contact',
      partitionKey: { name: 'contact', type: dynamodb.AttributeType.STRING },
      projectionType: dynamodb.ProjectionType.KEYS_ONLY,
    });
    // Proposals are listed by it.
    this.answers.addGlobalSecondaryIndex({
      indexName: 'list',
      partitionKey: { name: 'list', type: dynamodb.AttributeType.STRING },
      projectionType: dynamodb.ProjectionType.ALL,
    });
    const sessionSecret = new secrets.Secret(this, 'SessionKey', {
      description: 'aftercall: key that seals what a call remembers, which travels through Lex',
      encryptionKey: this.key,
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy: removalOf(config),
    });
    Validations.of(sessionSecret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'A call under way could not be read with another key; it is replaced by hand, when no calls are on.',
    });

    const answersItems = (actions: readonly string[]): Permission => ({
      actions: actions.map((action) => `dynamodb:${action}`),
      resources: [this.answers.tableArn],
    });
    const sealing: Permission = { actions: ['secretsmanager:GetSecretValue'], resources: [sessionSecret.secretArn] };
    const knowledgeBaseArn = knowledge.knowledgeBase?.attrKnowledgeBaseArn;
    const telling: Permission[] = [
      // What is said goes to the pipeline while a call goes on, as a transcript like any other.
      { actions: ['kinesis:PutRecord'], resources: [pipeline.events.streamArn] },
      { actions: ['kms:GenerateDataKey'], resources: [pipeline.rawKey.keyArn] },
    ];
    const answering: Permission[] = [
      ...bedrockPermissions(this, config, [config.settings['voice.model_id'] ?? '']),
      ...agentPermissions(this, config),
      ...(knowledgeBaseArn === undefined ? [] : [{ actions: ['bedrock:Retrieve'], resources: [knowledgeBaseArn] }]),
      ...budgetPermissions(config, pipeline),
    ];
    const environment: Record<string, string> = {
      AFTERCALL_ANSWERS_TABLE: this.answers.tableName,
      AFTERCALL_EVENTS_STREAM: pipeline.events.streamName,
      AFTERCALL_INDEX_TABLE: pipeline.index.tableName,
      // A local AWS has no knowledge base; its stand-in for Bedrock knows any.
      AFTERCALL_KNOWLEDGE_BASE_ID: knowledge.knowledgeBase?.attrKnowledgeBaseId ?? 'KBLOCAL001',
      AFTERCALL_KNOWLEDGE_DATA_SOURCE_ID: knowledge.dataSource?.attrDataSourceId ?? 'DSLOCAL001',
    };
    const make = (unitId: string, unit: Omit<FunctionUnitProps, 'config'>) =>
      new FunctionUnit(this, unitId, {
        ...unit,
        config,
        environment: { ...environment, ...unit.environment },
        permissions: [
          ...(unit.permissions ?? []),
          encrypting(this.key),
          ...settingsPermissions(this, config.settingsParameter),
        ],
      });

    this.worker = make('AnswerWorker', {
      program: 'answer-worker',
      description: 'Generates an answer that takes long',
      timeout: Duration.minutes(2),
      memoryMb: 1024,
      // A job's id is the deduplication id and the message group: three calls of the Producer are one message, and jobs do
      // not wait for each other. A caller waits a minute at the most, so a message is tried twice, not for days.
      queue: { fifo: true, batchSize: 1, maxConcurrency: 50, maxReceiveCount: 2, lateSeconds: 60 },
      permissions: [answersItems(['GetItem', 'PutItem', 'UpdateItem']), ...answering],
    });
    const jobs = this.worker.queue;
    if (jobs === undefined) throw new Error('the worker has a queue');

    this.voiceAgent = make('VoiceAgent', {
      program: 'voice-agent',
      description: 'Code hook of the bot: decides a turn and answers',
      // As the source document asks. Lex waits 30 s at the most; the function ends its turn by a deadline of its own.
      memoryMb: 1536,
      storageMb: 1536,
      timeout: Duration.minutes(10),
      environment: { AFTERCALL_SESSION_SECRET: sessionSecret.secretArn },
      permissions: [answersItems(['GetItem', 'PutItem']), sealing, ...answering, ...telling],
    });
    this.producer = make('AnswerProducer', {
      program: 'answer-producer',
      description: 'Starts a job, or answers from the cache',
      timeout: Duration.seconds(8),
      environment: { AFTERCALL_ANSWER_QUEUE: jobs.queueUrl },
      permissions: [
        answersItems(['GetItem', 'PutItem']),
        { actions: ['sqs:SendMessage'], resources: [jobs.queueArn] },
        ...telling,
      ],
    });
    this.consumer = make('AnswerConsumer', {
      program: 'answer-consumer',
      description: 'Waits for an answer, never past the flow’s eight seconds',
      timeout: Duration.seconds(8),
      permissions: [answersItems(['GetItem']), ...telling],
    });
    this.knowledgeSync = this.makeSync(make, knowledge, answersItems);
    this.knowledgeReview = this.makeReview(make, knowledge, pipeline, answersItems);

    this.earlierCalls = this.makeEarlierCalls(make, pipeline, answersItems, sealing, sessionSecret);

    this.units = [
      this.voiceAgent,
      this.producer,
      this.worker,
      this.consumer,
      this.knowledgeSync,
      this.knowledgeReview,
      this.earlierCalls,
    ];
    if (config.local) {
      this.units.push(
        makeOutboundCall(this, config, this, {
          instanceId: 'local',
          flowId: 'local',
          queueId: 'local',
          sourceNumber: '+14155550100',
          instanceArn: '',
          bus: pipeline.bus,
        }),
      );
    }
    new CfnOutput(this, 'AnswersTableName', { value: this.answers.tableName });
    new CfnOutput(this, 'AnswerQueueUrl', { value: jobs.queueUrl });
  }

  /** What conversations may teach: a person has it proposed, and approves or rejects it. */
  private makeReview(
    make: (id: string, unit: Omit<FunctionUnitProps, 'config'>) => FunctionUnit,
    knowledge: VoiceKnowledgeStack,
    pipeline: PipelineStack,
    answersItems: (actions: readonly string[]) => Permission,
  ): FunctionUnit {
    return make('KnowledgeReview', {
      program: 'knowledge-review',
      description: 'Proposes, lists, approves and rejects what conversations may teach',
      timeout: Duration.minutes(15),
      seldom: true,
      environment: {
        AFTERCALL_KNOWLEDGE_BUCKET: knowledge.bucket.bucketName,
        AFTERCALL_ANALYSIS_BUCKET: pipeline.analysisBucket.bucketName,
      },
      permissions: [
        answersItems(['GetItem', 'PutItem', 'UpdateItem']),
        { actions: ['dynamodb:Query'], resources: [`${this.answers.tableArn}/index/list`] },
        { actions: ['dynamodb:Query'], resources: [pipeline.index.tableArn] },
        // Redacted conversations only.
        objects(pipeline.exportValue(pipeline.analysisBucket.bucketArn), ['conversations/'], ['s3:GetObject']),
        seeingWhatIsMissing(pipeline.analysisBucket),
        decrypting(pipeline.dataKey),
        objects(knowledge.exportValue(knowledge.bucket.bucketArn), [DOCUMENTS], ['s3:PutObject']),
        { actions: ['kms:GenerateDataKey'], resources: [knowledge.key.keyArn] },
      ],
    });
  }

  /** What callers called about before: hears of published contacts, and tells flows that have verified their caller. */
  private makeEarlierCalls(
    make: (id: string, unit: Omit<FunctionUnitProps, 'config'>) => FunctionUnit,
    pipeline: PipelineStack,
    answersItems: (actions: readonly string[]) => Permission,
    sealing: Permission,
    sessionSecret: secrets.ISecret,
  ): FunctionUnit {
    const { analysisBucket } = pipeline;
    const bucketArn = pipeline.exportValue(analysisBucket.bucketArn);
    const unit = make('EarlierCalls', {
      program: 'earlier-calls',
      description: 'What a verified caller called about before',
      timeout: Duration.seconds(8),
      environment: {
        AFTERCALL_ANALYSIS_BUCKET: analysisBucket.bucketName,
        AFTERCALL_SESSION_SECRET: sessionSecret.secretArn,
        AFTERCALL_HMAC_SECRET: pipeline.hmacSecret.secretArn,
      },
      permissions: [
        answersItems(['GetItem', 'PutItem']),
        // Redacted conversations, for whose contact it was, and what was found out about them.
        objects(bucketArn, ['conversations/', 'analyses/'], ['s3:GetObject']),
        seeingWhatIsMissing(analysisBucket),
        sealing,
        {
          // Contacts of before a rotation have hashes of the key before.
          actions: ['secretsmanager:GetSecretValue', 'secretsmanager:ListSecretVersionIds'],
          resources: [pipeline.hmacSecret.secretArn],
        },
        decrypting(pipeline.rawKey, pipeline.dataKey),
      ],
    });
    unit.readKinesis(pipeline.insights, {
      // What could not be noted: ids alone.
      failures: { bucketArn, encryptionKey: analysisBucket.encryptionKey },
      batchSize: 100,
      batchingWindow: Duration.seconds(5),
      maxRecordAge: Duration.days(1),
      retryAttempts: 100,
    });
    return unit;
  }

  /** Keeps the knowledge base in step with the documents, a while after the last change. */
  private makeSync(
    make: (id: string, unit: Omit<FunctionUnitProps, 'config'>) => FunctionUnit,
    knowledge: VoiceKnowledgeStack,
    answersItems: (actions: readonly string[]) => Permission,
  ): FunctionUnit {
    const knowledgeBaseArn = knowledge.knowledgeBase?.attrKnowledgeBaseArn;
    const sync = make('KnowledgeSync', {
      program: 'knowledge-sync',
      description: 'Keeps the knowledge base in step with its documents',
      timeout: Duration.minutes(2),
      // A change comes again every ten seconds until an ingestion job has read it, which may take hours.
      queue: { batchSize: 10, maxConcurrency: 2, maxReceiveCount: 1000 },
      permissions: [
        answersItems(['PutItem']),
        ...(knowledgeBaseArn === undefined
          ? []
          : [
              {
                actions: ['bedrock:StartIngestionJob', 'bedrock:ListIngestionJobs'],
                resources: [knowledgeBaseArn],
              },
            ]),
      ],
    });
    sync.hear('Documents', 'A document of the voice agent has changed', undefined, {
      source: ['aws.s3'],
      detailType: ['Object Created', 'Object Deleted'],
      detail: { bucket: { name: [knowledge.bucket.bucketName] }, object: { key: [{ prefix: DOCUMENTS }] } },
    });
    return sync;
  }
}

/** Counting what answers cost into the day's spending, where there is a budget; one in a settings parameter is not seen here. */
function budgetPermissions(config: Config, pipeline: PipelineStack): Permission[] {
  if (config.settings['bedrock.daily_budget_usd'] === undefined && config.settingsParameter === undefined) return [];
  return [
    { actions: ['dynamodb:GetItem', 'dynamodb:UpdateItem'], resources: [pipeline.index.tableArn] },
    encrypting(pipeline.dataKey),
  ];
}

/** The function that calls out. It remembers what it has called in the table of answers, so that a flag calls once. */
export function makeOutboundCall(
  scope: Construct,
  config: Config,
  voice: VoiceAnswersStack,
  from: OutboundFrom,
): FunctionUnit {
  const stack = Stack.of(scope);
  const unit = new FunctionUnit(scope, 'OutboundCall', {
    config,
    program: 'outbound-call',
    description: 'Calls a customer, by hand or because of a flag, once',
    timeout: Duration.minutes(10),
    // One at a time, so that the rate of calls holds.
    reservedConcurrency: 1,
    // A flagged contact waits for the calling hours, up to two days after its call, by a quarter of an hour each: 192 times.
    // Receives that find the one call at a time taken, or Connect's quota used up, count as well.
    queue: { batchSize: 1, maxConcurrency: 2, maxReceiveCount: 1000, lateSeconds: 172_800 },
    seldom: true,
    environment: {
      AFTERCALL_ANSWERS_TABLE: voice.answers.tableName,
      AFTERCALL_CONNECT_INSTANCE_ID: from.instanceId,
      AFTERCALL_OUTBOUND_FLOW_ID: from.flowId,
      AFTERCALL_OUTBOUND_QUEUE_ID: from.queueId,
      AFTERCALL_OUTBOUND_SOURCE_NUMBER: from.sourceNumber,
    },
    permissions: [
      { actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'], resources: [voice.answers.tableArn] },
      encrypting(voice.key),
      ...(from.instanceArn === ''
        ? []
        : [
            {
              actions: ['connect:StartOutboundVoiceContact'],
              resources: [`${from.instanceArn}/contact/*`],
              reason: 'The contact has no id before the call that makes it.',
            },
            {
              // The pipeline keeps no number; Connect is asked for that of a flagged contact.
              actions: ['connect:DescribeContact'],
              resources: [`${from.instanceArn}/contact/*`],
              reason: 'Which contacts are flagged is not known beforehand.',
            },
          ]),
      // The source document has it call the function that answers, to hand over the purpose of the call.
      { actions: ['lambda:InvokeFunction'], resources: [voice.voiceAgent.function.functionArn] },
      ...settingsPermissions(stack, config.settingsParameter),
    ],
  });
  const flags = flaggedCategories(config);
  if (flags !== undefined) {
    unit.hear('Flags', 'Categories were found in a contact', from.bus, {
      source: ['aftercall'],
      detailType: ['ContactFlagged'],
      ...(flags.length === 0 ? {} : { detail: { categories: flags } }),
    });
  }
  return unit;
}

/** The categories that call; nothing if none does. An empty list is all: a settings parameter is not read here. */
function flaggedCategories(config: Config): string[] | undefined {
  const flags = config.settings['outbound.flags'];
  if (flags === undefined) return config.settingsParameter === undefined ? undefined : [];
  try {
    return (JSON.parse(flags) as { category: string }[]).map((flag) => flag.category);
  } catch {
    throw new Error('context settings: outbound.flags is no JSON list');
  }
}
