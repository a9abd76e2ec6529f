// Walks each wire of `wires.ts` through the templates: source, mapping, filter, where failures go, the policies on the way,
// and every action that the function takes.

import { describe, expect, it } from 'vitest';

import {
  deploy,
  everywhere,
  Found,
  functionOf,
  may,
  ofType,
  refersTo,
  roleOf,
  statementsOf,
  WHOLE,
} from './deployment';
import { Wire, WIRES } from './wires';

const deployment = deploy(WHOLE);

/** The mappings of a function. */
function mappings(wire: Wire): Found[] {
  const [id] = functionOf(deployment, wire.stack, wire.program);
  return ofType(deployment, wire.stack, 'AWS::Lambda::EventSourceMapping').filter(([, mapping]) =>
    refersTo(mapping.Properties.FunctionName, id),
  );
}

function theMapping(wire: Wire): Found[1] {
  const [mapping, ...more] = mappings(wire);
  expect(more, 'one mapping').toEqual([]);
  if (mapping === undefined) throw new Error(`${wire.program} has no mapping`);
  return mapping[1];
}

function theQueue(wire: Wire): Found {
  const source = theMapping(wire).Properties.EventSourceArn['Fn::GetAtt'][0] as string;
  const queue = ofType(deployment, wire.stack, 'AWS::SQS::Queue').find(([id]) => id === source);
  if (queue === undefined) throw new Error(`${wire.program} reads no queue of ${wire.stack}`);
  return queue;
}

describe('every function of the deployment is on a wire', () => {
  it('once', () => {
    const programs = everywhere(deployment, 'AWS::Lambda::Function')
      .map(([, lambda]) => String(lambda.Properties.FunctionName))
      .filter((name) => name.startsWith('aftercall-'))
      .map((name) => name.slice('aftercall-'.length));
    expect(programs.sort()).toEqual(WIRES.map((wire) => wire.program).sort());
  });
});

describe.each(WIRES)('$program', (wire) => {
  const { from } = wire;

  if (from === 'on demand') {
    it('is fed by nothing', () => {
      expect(mappings(wire)).toEqual([]);
    });
  } else if ('clock' in from) {
    it('is called by the clock', () => {
      const [id] = functionOf(deployment, wire.stack, wire.program);
      const schedules = ofType(deployment, wire.stack, 'AWS::Scheduler::Schedule').filter(([, schedule]) =>
        refersTo(schedule.Properties.Target.Arn, id),
      );
      expect(schedules.map(([, schedule]) => schedule.Properties.ScheduleExpression)).toEqual([from.clock]);
      const role = schedules[0]?.[1].Properties.Target.RoleArn['Fn::GetAtt'][0] as string;
      const actions = statementsOf(deployment, wire.stack, role).flatMap((statement) => statement.Action);
      expect(actions).toEqual(['lambda:InvokeFunction']);
    });
  } else {
    it('reports the records that failed', () => {
      expect(theMapping(wire).Properties.FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
    });

    it('hears only what its filter lets through', () => {
      const filters = theMapping(wire).Properties.FilterCriteria?.Filters ?? [];
      expect(filters.map((filter: { Pattern: string }) => JSON.parse(filter.Pattern))).toEqual(
        wire.filter === undefined ? [] : [wire.filter],
      );
    });

    it('may read its source', () => {
      const reads =
        'queue' in from
          ? ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ChangeMessageVisibility']
          : 'table' in from
            ? ['dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:DescribeStream']
            : ['kinesis:GetRecords', 'kinesis:GetShardIterator', 'kinesis:DescribeStream', 'kinesis:ListShards'];
      const source = 'queue' in from ? theQueue(wire)[0] : 'table' in from ? from.table : from.kinesis;
      for (const action of reads) expect(may(deployment, wire.stack, wire.program, action, source), action).toBe(true);
    });
  }

  if (from !== 'on demand' && ('kinesis' in from || 'table' in from)) {
    it('reads its stream, and gives up on a record into a bucket', () => {
      const mapping = theMapping(wire).Properties;
      const source = 'kinesis' in from ? from.kinesis : from.table;
      const type = 'kinesis' in from ? 'AWS::Kinesis::Stream' : 'AWS::DynamoDB::Table';
      expect(refersTo(mapping.EventSourceArn, source)).toBe(true);
      expect(everywhere(deployment, type).some(([id]) => id.startsWith(source))).toBe(true);
      const { bucket, key } = wire.givesUpTo ?? { bucket: 'Raw', key: 'RawKey' };
      expect(mapping.StartingPosition).toBe('TRIM_HORIZON');
      expect(mapping.BisectBatchOnFunctionError).toBe(true);
      expect(mapping.MaximumRetryAttempts).toBeGreaterThan(0);
      expect(mapping.MaximumRecordAgeInSeconds).toBeGreaterThanOrEqual(12 * 3600);
      expect(refersTo(mapping.DestinationConfig.OnFailure.Destination, bucket)).toBe(true);
      for (const action of ['s3:PutObject', 's3:ListBucket']) {
        expect(may(deployment, wire.stack, wire.program, action, bucket), action).toBe(true);
      }
      expect(may(deployment, wire.stack, wire.program, 'kms:GenerateDataKey', key)).toBe(true);
    });
  }

  if (from !== 'on demand' && 'queue' in from) {
    it('gives up on a message into its dead letter queue, and not while a call may still run', () => {
      const [, queue] = theQueue(wire);
      const { deadLetterTargetArn, maxReceiveCount } = queue.Properties.RedrivePolicy;
      expect(refersTo(deadLetterTargetArn, deadLetterTargetArn['Fn::GetAtt'][0])).toBe(true);
      expect(ofType(deployment, wire.stack, 'AWS::SQS::Queue').map(([id]) => id)).toContain(
        deadLetterTargetArn['Fn::GetAtt'][0],
      );
      expect(maxReceiveCount).toBeGreaterThanOrEqual(2);
      const [, lambda] = functionOf(deployment, wire.stack, wire.program);
      expect(queue.Properties.VisibilityTimeout).toBeGreaterThanOrEqual(6 * lambda.Properties.Timeout);
      expect(queue.Properties.MessageRetentionPeriod).toBe(14 * 24 * 3600);
      expect(theMapping(wire).Properties.ScalingConfig.MaximumConcurrency).toBeGreaterThanOrEqual(2);
    });

    it('is told the queue', () => {
      const { AFTERCALL_QUEUE_URL } = functionOf(deployment, wire.stack, wire.program)[1].Properties.Environment
        .Variables;
      expect(AFTERCALL_QUEUE_URL).toEqual({ Ref: theQueue(wire)[0] });
    });

    it('hears what the rules send', () => {
      const [queueId] = theQueue(wire);
      const rules = ofType(deployment, wire.stack, 'AWS::Events::Rule').filter(([, rule]) =>
        rule.Properties.Targets.some((target: { Arn: unknown }) => refersTo(target.Arn, queueId)),
      );
      expect(rules).toHaveLength(wire.rules?.length ?? 0);
      for (const { bus, pattern } of wire.rules ?? []) {
        const found = rules.find(([, rule]) => contains(rule.Properties.EventPattern, pattern));
        if (found === undefined) throw new Error(`no rule with ${JSON.stringify(pattern)}`);
        const [ruleId, rule] = found;
        if (bus === undefined) expect(rule.Properties.EventBusName).toBeUndefined();
        else expect(refersTo(rule.Properties.EventBusName, bus)).toBe(true);
        const [target] = rule.Properties.Targets;
        expect(refersTo(target.DeadLetterConfig.Arn, queueId.replace(/Queue.*/, 'DeadLetters'))).toBe(true);
        expect(lets(wire.stack, queueId, ruleId), 'the queue lets the rule send').toBe(true);
        expect(
          lets(wire.stack, queueId.replace(/Queue.*/, 'DeadLetters'), ruleId),
          'so does the dead letter queue',
        ).toBe(true);
      }
    });
  }

  it.each(wire.does)('may %s on %s', (action, resource) => {
    expect(may(deployment, wire.stack, wire.program, action, resource)).toBe(true);
  });

  it('has a role of its own', () => {
    const role = roleOf(functionOf(deployment, wire.stack, wire.program)[1]);
    const users = ofType(deployment, wire.stack, 'AWS::Lambda::Function').filter(([, lambda]) =>
      refersTo(lambda.Properties.Role, role),
    );
    expect(users).toHaveLength(1);
  });
});

/** Whether a queue's policy lets a rule send. */
function lets(stack: string, queue: string, rule: string): boolean {
  return ofType(deployment, stack, 'AWS::SQS::QueuePolicy')
    .filter(([, policy]) => refersTo(policy.Properties.Queues, queue))
    .flatMap(([, policy]) => policy.Properties.PolicyDocument.Statement)
    .some(
      (statement) =>
        statement.Effect === 'Allow' &&
        statement.Principal?.Service === 'events.amazonaws.com' &&
        JSON.stringify(statement.Action).includes('sqs:SendMessage') &&
        refersTo(statement.Condition?.ArnEquals?.['aws:SourceArn'], rule),
    );
}

/** Whether all of `part` is in `whole`. */
function contains(whole: any, part: any): boolean {
  if (part === null || typeof part !== 'object') return whole === part;
  if (whole === null || typeof whole !== 'object') return false;
  if (Array.isArray(part))
    return part.length === whole.length && part.every((one, position) => contains(whole[position], one));
  return Object.entries(part).every(([name, value]) => contains(whole[name], value));
}
