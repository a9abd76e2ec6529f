// Every wire of the deployment: what feeds a function, through which filter, where failures go, and what the function then
// does to what. The test walks each wire through the templates. A wire that is not here is a wire that nothing checks.

export interface Wire {
  readonly program: string;
  readonly stack: string;
  /** What the mapping reads: a stream or a table by the beginning of its id, or the function's own queue. */
  readonly from:
    | { readonly kinesis: string }
    | { readonly table: string }
    | { readonly queue: true }
    | { readonly clock: string }
    | 'on demand';
  /** Where a stream's records go that are given up: bucket and key by the beginning of their ids, else the raw zone's. */
  readonly givesUpTo?: { readonly bucket: string; readonly key: string };
  /** The mapping's filter. */
  readonly filter?: object;
  /** Rules that fill the queue: bus (by the beginning of its id; the account's own without) and pattern, in part. */
  readonly rules?: readonly { readonly bus?: string; readonly pattern: object }[];
  /** What the function does: action, and the resource by the beginning of its id, or of a part of its ARN. */
  readonly does: readonly (readonly [action: string, resource: string])[];
}

const takesIn: Wire['does'] = [
  ['dynamodb:PutItem', 'Segments'],
  ['dynamodb:Query', 'Segments'],
  ['dynamodb:GetItem', 'Contacts'],
  ['dynamodb:PutItem', 'Contacts'],
  ['dynamodb:PutItem', 'Index'],
  ['dynamodb:Query', 'Index'],
  ['s3:PutObject', 'Raw'],
  ['s3:GetObject', 'Raw'],
  ['secretsmanager:GetSecretValue', 'CustomerHashKey'],
  ['kms:GenerateDataKey', 'RawKey'],
  ['kms:GenerateDataKey', 'DataKey'],
  // Kept as it came, and removed again if its contact has been erased.
  ['s3:PutObject', 'Archive'],
  ['s3:DeleteObject', 'Archive'],
];
const routes: Wire['does'] = [
  ['dynamodb:Query', 'Segments'],
  ['dynamodb:GetItem', 'Contacts'],
  ['dynamodb:PutItem', 'Contacts'],
  ['dynamodb:PutItem', 'Index'],
  ['s3:GetObject', 'Raw'],
  ['s3:PutObject', 'Raw'],
  ['s3:PutObject', 'Analysis'],
  ['events:PutEvents', 'Bus'],
];
const publishes: Wire['does'] = [
  ['dynamodb:Query', 'Results'],
  ['dynamodb:PutItem', 'Contacts'],
  ['dynamodb:PutItem', 'Index'],
  ['s3:PutObject', 'Analysis'],
  ['kinesis:PutRecords', 'Insights'],
  ['events:PutEvents', 'Bus'],
];
const runsAStage: Wire['does'] = [
  ['dynamodb:GetItem', 'Contacts'],
  ['s3:GetObject', 'Analysis'],
  ['s3:PutObject', 'Analysis'],
  ['dynamodb:GetItem', 'Results'],
  ['dynamodb:PutItem', 'Results'],
  ['dynamodb:PutItem', 'Index'],
  ['kms:GenerateDataKey', 'DataKey'],
  ['kinesis:PutRecords', 'Insights'],
  ['s3:PutObject', 'Raw'],
  ['kms:GenerateDataKey', 'RawKey'],
];
const asksAModel: Wire['does'] = [...runsAStage, ['dynamodb:UpdateItem', 'Index'], ['dynamodb:DeleteItem', 'Index']];
const routed = (...stages: string[]) => [
  { bus: 'Bus', pattern: { source: ['aftercall'], 'detail-type': ['ContactRouted'], detail: { stages } } },
];

export const WIRES: readonly Wire[] = [
  { program: 'ingest', stack: 'Pipeline', from: { kinesis: 'Events' }, does: takesIn },
  {
    program: 'import',
    stack: 'Pipeline',
    from: { queue: true },
    rules: [
      {
        pattern: {
          source: ['aws.s3'],
          'detail-type': ['Object Created'],
          detail: { object: { key: [{ prefix: 'incoming/' }] } },
        },
      },
      {
        pattern: {
          source: ['aws.s3'],
          'detail-type': ['Object Created'],
          detail: { bucket: { name: ['connect-transcripts'] } },
        },
      },
    ],
    does: [
      ...takesIn,
      ['s3:GetObject', 'Raw'],
      ['s3:GetObject', ':s3:::connect-transcripts/'],
      // Whether a file has a sidecar.
      ['s3:ListBucket', ':s3:::connect-transcripts'],
    ],
  },
  {
    program: 'routing',
    stack: 'Pipeline',
    from: { table: 'Contacts' },
    filter: { dynamodb: { NewImage: { phase: { S: ['ready'] } } } },
    does: [...routes, ...publishes],
  },
  {
    program: 'customer-summary',
    stack: 'Pipeline',
    from: { queue: true },
    rules: routed('customer-summary'),
    does: asksAModel,
  },
  {
    program: 'agent-summary',
    stack: 'Pipeline',
    from: { queue: true },
    rules: routed('agent-summary'),
    does: asksAModel,
  },
  {
    program: 'sentiment',
    stack: 'Pipeline',
    from: { queue: true },
    rules: routed('sentiment', 'measures', 'categories', 'entities'),
    does: runsAStage,
  },
  {
    program: 'first-response',
    stack: 'Pipeline',
    from: { queue: true },
    rules: routed('first-response'),
    does: runsAStage,
  },
  {
    program: 'publish',
    stack: 'Pipeline',
    from: { table: 'Results' },
    filter: { eventName: ['INSERT'], dynamodb: { NewImage: { publishes: { S: ['yes'] } } } },
    does: publishes,
  },
  {
    program: 'analytics-dump',
    stack: 'Warehouse',
    from: { clock: 'rate(1 hour)' },
    does: [
      ['dynamodb:Query', 'Index'],
      ['s3:GetObject', 'Analysis'],
      ['s3:PutObject', 'Warehouse'],
      ['s3:ListBucket', 'Warehouse'],
      ['s3:DeleteObject', 'Warehouse'],
      ['kms:GenerateDataKey', 'WarehouseKey'],
    ],
  },
  {
    program: 'reconcile',
    stack: 'Pipeline',
    from: { clock: 'rate(1 minute)' },
    does: [['dynamodb:Query', 'Contacts'], ...routes, ...publishes],
  },
  {
    program: 'backfill',
    stack: 'Pipeline',
    from: { queue: true },
    does: [
      ...publishes,
      ['dynamodb:Query', 'Index'],
      ['dynamodb:GetItem', 'Index'],
      ['dynamodb:GetItem', 'Results'],
      ['dynamodb:PutItem', 'Results'],
      ['s3:GetObject', 'Analysis'],
      ['events:PutEvents', 'Bus'],
      ['sqs:SendMessage', 'BackfillQueue'],
    ],
  },
  {
    program: 'erase',
    stack: 'Warehouse',
    from: { queue: true },
    does: [
      ['dynamodb:UpdateItem', 'Contacts'],
      ['dynamodb:GetItem', 'Contacts'],
      ['dynamodb:Query', 'Contacts'],
      ['dynamodb:Query', 'Segments'],
      ['dynamodb:DeleteItem', 'Segments'],
      ['dynamodb:DeleteItem', 'Results'],
      ['dynamodb:DeleteItem', 'Index'],
      ['s3:DeleteObject', 'Raw'],
      ['s3:PutObject', 'Raw'],
      ['s3:DeleteObject', 'Analysis'],
      ['s3:ListBucket', 'Archive'],
      ['s3:GetObject', 'Archive'],
      ['s3:DeleteObject', 'Archive'],
      ['s3:PutObject', 'Warehouse'],
      ['s3:DeleteObject', 'Warehouse'],
      ['kms:GenerateDataKey', 'WarehouseKey'],
      ['kms:GenerateDataKey', 'RawKey'],
      ['sqs:ReceiveMessage', 'ImportDeadLetters'],
      ['sqs:DeleteMessage', 'SentimentDeadLetters'],
      ['sqs:ChangeMessageVisibility', 'CustomerSummaryDeadLetters'],
      ['sqs:SendMessage', 'EraseQueue'],
      ['secretsmanager:ListSecretVersionIds', 'CustomerHashKey'],
      ['dynamodb:Query', 'Answers'],
      ['dynamodb:DeleteItem', 'Answers'],
      ['sqs:ReceiveMessage', 'AnswerWorkerDeadLetters'],
    ],
  },
  {
    program: 'redrive',
    stack: 'Pipeline',
    from: 'on demand',
    does: [
      ...takesIn,
      ['s3:ListBucket', 'Archive'],
      ['s3:GetObject', 'Archive'],
      ['s3:DeleteObject', 'Raw'],
      ['dynamodb:DeleteItem', 'Index'],
      ['dynamodb:DeleteItem', 'Results'],
      ['sqs:ReceiveMessage', 'ImportDeadLetters'],
      ['sqs:DeleteMessage', 'CustomerSummaryDeadLetters'],
      ['sqs:SendMessage', 'AgentSummaryQueue'],
    ],
  },
  {
    program: 'answer-worker',
    stack: 'VoiceAnswers',
    from: { queue: true },
    does: [
      ['dynamodb:UpdateItem', 'Answers'],
      ['dynamodb:UpdateItem', 'Index'],
      ['kms:GenerateDataKey', 'AnswersKey'],
      ['bedrock:Retrieve', 'KnowledgeBase'],
    ],
  },
  {
    program: 'knowledge-sync',
    stack: 'VoiceAnswers',
    from: { queue: true },
    rules: [
      {
        pattern: {
          source: ['aws.s3'],
          'detail-type': ['Object Created', 'Object Deleted'],
          detail: { object: { key: [{ prefix: 'documents/' }] } },
        },
      },
    ],
    does: [
      ['bedrock:StartIngestionJob', 'KnowledgeBase'],
      ['dynamodb:PutItem', 'Answers'],
    ],
  },
  {
    program: 'knowledge-review',
    stack: 'VoiceAnswers',
    from: 'on demand',
    does: [
      ['dynamodb:PutItem', 'Answers'],
      ['dynamodb:UpdateItem', 'Answers'],
      ['dynamodb:Query', 'Answers'],
      ['dynamodb:Query', 'Index'],
      ['s3:GetObject', 'Analysis'],
      ['s3:PutObject', 'Knowledge'],
    ],
  },
  {
    program: 'earlier-calls',
    stack: 'VoiceAnswers',
    from: { kinesis: 'Insights' },
    // Not an input: nobody redrives it.
    givesUpTo: { bucket: 'Analysis', key: 'DataKey' },
    does: [
      ['dynamodb:GetItem', 'Answers'],
      ['dynamodb:PutItem', 'Answers'],
      ['s3:GetObject', 'Analysis'],
      ['secretsmanager:GetSecretValue', 'CustomerHashKey'],
      ['secretsmanager:ListSecretVersionIds', 'CustomerHashKey'],
      ['secretsmanager:GetSecretValue', 'SessionKey'],
      ['kms:Decrypt', 'RawKey'],
    ],
  },
  {
    program: 'answer-producer',
    stack: 'VoiceAnswers',
    from: 'on demand',
    does: [
      ['sqs:SendMessage', 'AnswerWorkerQueue'],
      ['dynamodb:PutItem', 'Answers'],
      ['kinesis:PutRecord', 'Events'],
    ],
  },
  {
    program: 'answer-consumer',
    stack: 'VoiceAnswers',
    from: 'on demand',
    does: [
      ['dynamodb:GetItem', 'Answers'],
      ['kinesis:PutRecord', 'Events'],
    ],
  },
  {
    program: 'voice-agent',
    stack: 'VoiceAnswers',
    from: 'on demand',
    does: [
      ['bedrock:Retrieve', 'KnowledgeBase'],
      ['dynamodb:UpdateItem', 'Index'],
      ['dynamodb:GetItem', 'Answers'],
      ['kinesis:PutRecord', 'Events'],
    ],
  },
  {
    program: 'outbound-call',
    stack: 'VoiceAgent',
    from: { queue: true },
    rules: [
      {
        bus: 'Bus',
        pattern: {
          source: ['aftercall'],
          'detail-type': ['ContactFlagged'],
          detail: { categories: ['cancels'] },
        },
      },
    ],
    does: [
      ['dynamodb:PutItem', 'Answers'],
      ['lambda:InvokeFunction', 'VoiceAgentFunction'],
    ],
  },
];
