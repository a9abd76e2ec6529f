// A function of aftercall with everything that belongs to it: program, log group, role, what it is fed by, its dead letter
// queue. Its alarms are in `alarms.ts`, because they stand in the stack that watches, not in the one that works.

import { Duration, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

import { codeOf } from './code';
import { Config, settingVariable } from './config';
import { allow, Permission } from './permission';

export interface QueueProps {
  /** Messages in one call. */
  readonly batchSize?: number;
  /** First in, first out by message group, sent once by deduplication id. */
  readonly fifo?: boolean;
  /** Calls at the same time, 2 to 1,000. */
  readonly maxConcurrency?: number;
  /** How often a message is received before it goes to the dead letter queue. */
  readonly maxReceiveCount?: number;
  /** Whether the function sends messages to itself. */
  readonly ownMessages?: boolean;
  /** Seconds that a message may wait before an alarm goes off. */
  readonly lateSeconds?: number;
}

export interface FunctionUnitProps {
  readonly config: Config;
  /** Name of the program, and of the function after the deployment's own name. */
  readonly program: string;
  readonly description: string;
  readonly environment?: Record<string, string>;
  readonly permissions?: readonly Permission[];
  readonly memoryMb?: number;
  readonly storageMb?: number;
  readonly timeout?: Duration;
  /** Calls at the same time over all triggers; none unless something behind the function has to be spared. */
  readonly reservedConcurrency?: number;
  /** A queue that feeds the function. */
  readonly queue?: QueueProps;
  /** Whether it is called now and then only, mostly by people: nothing calls again soon that would fail as well. */
  readonly seldom?: boolean;
}

export interface StreamProps {
  /** Where records go that cannot be processed. */
  readonly failures: Pick<s3.IBucket, 'bucketArn' | 'encryptionKey'>;
  readonly batchSize: number;
  readonly parallelization?: number;
  readonly batchingWindow?: Duration;
  readonly maxRecordAge: Duration;
  readonly retryAttempts: number;
  /** Only records that match this pattern. */
  readonly filter?: object;
}

/** Longest that SQS keeps a message. */
const QUEUE_RETENTION = Duration.days(14);

export class FunctionUnit extends Construct {
  readonly program: string;
  readonly function: lambda.Function;
  readonly role: iam.Role;
  readonly timeout: Duration;
  readonly queue?: sqs.Queue;
  readonly deadLetters?: sqs.Queue;
  readonly lateSeconds: number;
  readonly seldom: boolean;
  /** Time from one call to the next, where the clock calls. */
  interval?: Duration;
  /** Mappings from streams, by the source's name. */
  readonly streams: { readonly source: string; readonly mapping: lambda.CfnEventSourceMapping }[] = [];

  private readonly config: Config;

  constructor(scope: Construct, id: string, props: FunctionUnitProps) {
    super(scope, id);
    const { config, program } = props;
    this.config = config;
    this.program = program;
    this.timeout = props.timeout ?? Duration.minutes(1);
    this.seldom = props.seldom ?? false;
    this.lateSeconds = props.queue?.lateSeconds ?? 900;
    const functionName = `${config.name}-${program}`;

    const logGroup = new logs.LogGroup(this, 'Logs', {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: retentionOf(config.logDays),
      // A log holds ids and numbers, nothing that cannot be had again from the tables.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new iam.Role(this, 'Role', {
      description: `What ${functionName} may do`,
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    });
    allow(this.role, [
      {
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [logGroup.logGroupArn],
        reason: 'The streams of its own log group, whose names Lambda makes up.',
      },
      {
        actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
        resources: ['*'],
        reason: 'X-Ray knows no resources to restrict these actions to.',
      },
      ...(props.permissions ?? []),
    ]);

    this.function = new lambda.Function(this, 'Function', {
      functionName,
      description: props.description,
      runtime: lambda.Runtime.PROVIDED_AL2023,
      architecture: config.architecture === 'arm64' ? lambda.Architecture.ARM_64 : lambda.Architecture.X86_64,
      handler: 'bootstrap',
      code: codeOf(this, program, config),
      role: this.role.withoutPolicyUpdates(),
      memorySize: props.memoryMb ?? 512,
      ephemeralStorageSize: props.storageMb === undefined ? undefined : Size.mebibytes(props.storageMb),
      timeout: this.timeout,
      reservedConcurrentExecutions: config.reserve ? props.reservedConcurrency : undefined,
      tracing: lambda.Tracing.ACTIVE,
      loggingFormat: lambda.LoggingFormat.JSON,
      logGroup,
      environment: { ...settingsEnvironment(config), ...props.environment },
    });
    // The role's policy has to be there before the first call, which a mapping makes at once.
    const policy = this.role.node.tryFindChild('DefaultPolicy');
    if (policy !== undefined) this.function.node.addDependency(policy);

    if (props.queue !== undefined) {
      const { queue, deadLetters } = this.addQueue(functionName, props.queue);
      this.queue = queue;
      this.deadLetters = deadLetters;
      this.function.addEnvironment('AFTERCALL_QUEUE_URL', queue.queueUrl);
    }
  }

  /** Makes the queue and maps it to the function. */
  private addQueue(name: string, props: QueueProps): { queue: sqs.Queue; deadLetters: sqs.Queue } {
    const removalPolicy = this.config.ephemeral ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN;
    const fifo = props.fifo === true ? true : undefined;
    const suffix = fifo === true ? '.fifo' : '';
    const deadLetters = new sqs.Queue(this, 'DeadLetters', {
      queueName: `${name}-dead-letters${suffix}`,
      fifo,
      retentionPeriod: QUEUE_RETENTION,
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      removalPolicy,
    });
    const queue = new sqs.Queue(this, 'Queue', {
      queueName: `${name}${suffix}`,
      fifo,
      retentionPeriod: QUEUE_RETENTION,
      // Six times the timeout, as Lambda's guide asks, so that a call that was throttled and tried again by Lambda is not
      // overtaken by the next receive.
      visibilityTimeout: Duration.seconds(this.timeout.toSeconds() * 6),
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: props.maxReceiveCount ?? 5 },
      removalPolicy,
    });
    allow(this.role, [
      {
        // Changing the visibility is how a function waits out a service that throttles.
        actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ChangeMessageVisibility'],
        resources: [queue.queueArn],
      },
      ...(props.ownMessages === true ? [{ actions: ['sqs:SendMessage'], resources: [queue.queueArn] }] : []),
    ]);
    this.mapping('QueueMapping', {
      functionName: this.function.functionArn,
      eventSourceArn: queue.queueArn,
      batchSize: props.batchSize ?? 10,
      functionResponseTypes: ['ReportBatchItemFailures'],
      scalingConfig: { maximumConcurrency: props.maxConcurrency ?? 10 },
    });
    return { queue, deadLetters };
  }

  /** Feeds the function from a Kinesis stream. */
  readKinesis(stream: kinesis.IStream, props: StreamProps): void {
    allow(this.role, [
      {
        actions: [
          'kinesis:DescribeStream',
          'kinesis:DescribeStreamSummary',
          'kinesis:GetRecords',
          'kinesis:GetShardIterator',
          'kinesis:ListShards',
        ],
        resources: [stream.streamArn],
      },
    ]);
    this.readStream('Kinesis', stream.streamArn, props);
  }

  /** Feeds the function from the changes of a table. */
  readTable(table: dynamodb.Table, props: StreamProps): void {
    const { tableStreamArn } = table;
    if (tableStreamArn === undefined) throw new Error(`${table.node.path} has no stream`);
    allow(this.role, [
      {
        actions: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
        resources: [tableStreamArn],
      },
      {
        actions: ['dynamodb:ListStreams'],
        resources: ['*'],
        reason: 'Lambda lists the streams of an account; the action knows no resource.',
      },
    ]);
    this.readStream('Changes', tableStreamArn, props);
  }

  private readStream(source: string, eventSourceArn: string, props: StreamProps): void {
    // Lambda writes what it gives up on under the function's own role, as aws/lambda/<mapping>/<shard>/<time>.
    const { bucketArn, encryptionKey } = props.failures;
    allow(this.role, [
      { actions: ['s3:ListBucket'], resources: [bucketArn] },
      {
        actions: ['s3:PutObject'],
        resources: [`${bucketArn}/aws/lambda/*`],
        reason: 'Lambda names the objects of what it could not process; the prefix is fixed by Lambda.',
      },
    ]);
    if (encryptionKey !== undefined) {
      allow(this.role, [{ actions: ['kms:GenerateDataKey', 'kms:Decrypt'], resources: [encryptionKey.keyArn] }]);
    }
    const mapping = this.mapping(`${source}Mapping`, {
      functionName: this.function.functionArn,
      eventSourceArn,
      startingPosition: 'TRIM_HORIZON',
      batchSize: props.batchSize,
      parallelizationFactor: props.parallelization ?? 1,
      maximumBatchingWindowInSeconds: props.batchingWindow?.toSeconds() ?? 0,
      maximumRecordAgeInSeconds: props.maxRecordAge.toSeconds(),
      maximumRetryAttempts: props.retryAttempts,
      bisectBatchOnFunctionError: true,
      functionResponseTypes: ['ReportBatchItemFailures'],
      destinationConfig: { onFailure: { destination: bucketArn } },
      filterCriteria: props.filter === undefined ? undefined : { filters: [{ pattern: JSON.stringify(props.filter) }] },
      // Says how many records went to the destination: an alarm counts them.
      metricsConfig: { metrics: ['EventCount'] },
    });
    this.streams.push({ source, mapping });
  }

  private mapping(id: string, props: lambda.CfnEventSourceMappingProps): lambda.CfnEventSourceMapping {
    const mapping = new lambda.CfnEventSourceMapping(this, id, props);
    const policy = this.role.node.tryFindChild('DefaultPolicy');
    // Lambda checks the permissions when a mapping is made.
    if (policy !== undefined) mapping.node.addDependency(policy);
    return mapping;
  }

  /** Sends the events that match a pattern to the function's queue; what the bus cannot deliver goes to its dead letters. */
  hear(id: string, description: string, bus: events.IEventBus | undefined, pattern: events.EventPattern): events.Rule {
    if (this.queue === undefined || this.deadLetters === undefined) throw new Error(`${this.program} has no queue`);
    return new events.Rule(this, id, {
      description,
      eventBus: bus,
      eventPattern: pattern,
      targets: [
        new targets.SqsQueue(this.queue, {
          deadLetterQueue: this.deadLetters,
          maxEventAge: Duration.hours(24),
          retryAttempts: 185,
        }),
      ],
    });
  }

  /** Calls the function by the clock. */
  every(interval: Duration, description: string, retryAttempts: number): scheduler.CfnSchedule {
    this.interval = interval;
    const role = new iam.Role(this, 'ScheduleRole', {
      description: `Calls ${this.function.node.path} by the clock`,
      assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    });
    allow(role, [{ actions: ['lambda:InvokeFunction'], resources: [this.function.functionArn] }]);
    const schedule = new scheduler.CfnSchedule(this, 'Schedule', {
      name: `${this.config.name}-${this.program}`,
      description,
      scheduleExpression: scheduler.ScheduleExpression.rate(interval).expressionString,
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: this.function.functionArn,
        roleArn: role.roleArn,
        input: '{}',
        retryPolicy: { maximumRetryAttempts: retryAttempts, maximumEventAgeInSeconds: 3600 },
      },
    });
    const policy = role.node.tryFindChild('DefaultPolicy');
    if (policy !== undefined) schedule.node.addDependency(policy);
    // The clock comes again: a call that failed need not be repeated by Lambda as well.
    this.function.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.hours(1) });
    return schedule;
  }
}

/** The settings as environment variables, and where Bedrock and Comprehend are on a local AWS. */
function settingsEnvironment(config: Config): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(config.settings)) environment[settingVariable(name)] = value;
  if (config.settingsParameter !== undefined) environment.AFTERCALL_SETTINGS_PARAMETER = config.settingsParameter;
  if (config.local && config.bedrockEndpoint !== undefined) {
    environment.AWS_ENDPOINT_URL_BEDROCK_RUNTIME = config.bedrockEndpoint;
  }
  if (config.local && config.comprehendEndpoint !== undefined) {
    environment.AWS_ENDPOINT_URL_COMPREHEND = config.comprehendEndpoint;
  }
  return environment;
}

/** The retention class of so many days. */
function retentionOf(days: number): logs.RetentionDays {
  if (logs.RetentionDays[days] === undefined) throw new Error(`context logDays: CloudWatch does not know ${days} days`);
  return days;
}
