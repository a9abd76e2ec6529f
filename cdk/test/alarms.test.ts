// Alarms: what is watched, who is told, and that every alarm has its runbook.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';

import { deploy, functionOf, LOCAL, ofType, one, PLAIN, refersTo, WHOLE } from './deployment';
import { WIRES } from './wires';

const whole = deploy(WHOLE);
const RUNBOOKS = path.join(__dirname, '..', '..', 'docs', 'runbooks');
const alarms = ofType(whole, 'Observability', 'AWS::CloudWatch::Alarm').map(([, alarm]) => alarm.Properties);
const named = (name: string) => {
  const alarm = alarms.find((one) => one.AlarmName === `aftercall-${name}`);
  if (alarm === undefined) throw new Error(`no alarm ${name}`);
  return alarm;
};
const runbookOf = (alarm: Record<string, any>): string =>
  /docs\/runbooks\/([a-z-]+)\.md/.exec(alarm.AlarmDescription)?.[1] ?? '';

describe('every alarm', () => {
  it.each(alarms.map((alarm) => [String(alarm.AlarmName), alarm] as const))(
    '%s has a runbook and tells the topic',
    (name, alarm) => {
      const runbook = runbookOf(alarm);
      expect(name.startsWith(`aftercall-${runbook}`), name).toBe(true);
      expect(fs.existsSync(path.join(RUNBOOKS, `${runbook}.md`)), `docs/runbooks/${runbook}.md`).toBe(true);
      expect(refersTo(alarm.AlarmActions, 'AlarmTopic')).toBe(true);
      expect(refersTo(alarm.OKActions, 'AlarmTopic')).toBe(true);
      expect(alarm.TreatMissingData).toBe('notBreaching');
    },
  );
});

describe('every runbook', () => {
  const files = fs.existsSync(RUNBOOKS) ? fs.readdirSync(RUNBOOKS).filter((file) => file !== 'README.md') : [];

  it.each(files)('%s belongs to an alarm and says what it means, what to look at and what to do', (file) => {
    expect(alarms.map(runbookOf)).toContain(path.basename(file, '.md'));
    const text = fs.readFileSync(path.join(RUNBOOKS, file), 'utf8');
    for (const heading of ['## What it means', '## Look', '## Do', '## Is it over']) expect(text).toContain(heading);
  });
});

describe('the service level', () => {
  it('is the p95 of the time from contact end to published analysis', () => {
    const alarm = named('time-to-published');
    expect(alarm).toMatchObject({
      Namespace: 'aftercall',
      MetricName: 'ContactEndToPublishedMillis',
      ExtendedStatistic: 'p95',
      Threshold: 600_000,
    });
  });

  it('is watched in a small centre too: of few values, over hours', () => {
    // With `ignore`, periods of fewer than 200 values would change nothing.
    expect(named('time-to-published')).toMatchObject({
      EvaluateLowSampleCountPercentile: 'evaluate',
      Period: 3600,
      DatapointsToAlarm: 2,
      EvaluationPeriods: 3,
    });
  });
});

describe('what was said on calls and is lost', () => {
  it('is watched where there is a voice agent', () => {
    expect(named('transcripts-lost')).toMatchObject({
      MetricName: 'TranscriptPartsLost',
      Statistic: 'Sum',
      Threshold: 0,
    });
    const plain = ofType(deploy(PLAIN), 'Observability', 'AWS::CloudWatch::Alarm');
    expect(plain.map(([, alarm]) => alarm.Properties.AlarmName)).not.toContain('aftercall-transcripts-lost');
  });
});

describe('what comes in and cannot be used', () => {
  const SOURCES: Record<string, string> = {
    ingest: 'IncomingRecords',
    import: 'NumberOfMessagesDeleted',
    routing: 'Routed',
    'customer-summary': 'NumberOfMessagesDeleted',
    'agent-summary': 'NumberOfMessagesDeleted',
  };

  it.each(Object.entries(SOURCES))(
    'is watched as a share of what %s takes, whatever comes elsewhere',
    (program, taken) => {
      const alarm = named(`quarantine-rate-${program}`);
      const metrics = alarm.Metrics as {
        MetricStat?: { Metric: { MetricName: string; Namespace: string; Dimensions?: object[] } };
        Expression?: string;
      }[];
      const counted = metrics.flatMap(({ MetricStat }) => (MetricStat === undefined ? [] : [MetricStat.Metric]));
      expect(counted.map((metric) => metric.MetricName).sort()).toEqual([taken, 'Quarantined'].sort());
      for (const metric of counted.filter(({ Namespace }) => Namespace === 'aftercall'))
        expect(metric.Dimensions).toEqual([{ Name: 'Function', Value: program }]);
      expect(alarm.Threshold).toBe(5);
    },
  );

  it('is watched wherever programs put something aside', () => {
    expect(alarms.map((alarm) => alarm.AlarmName).filter((name) => name.includes('quarantine-rate'))).toHaveLength(
      Object.keys(SOURCES).length,
    );
  });

  it('is counted on a local AWS, which has no formulas', () => {
    const alarm = one(deploy(LOCAL), 'Observability', 'AWS::CloudWatch::Alarm', 'Alarmquarantinerateimport')[1]
      .Properties;
    expect(alarm).toMatchObject({
      Namespace: 'aftercall',
      MetricName: 'Quarantined',
      Statistic: 'Sum',
      Dimensions: [{ Name: 'Function', Value: 'import' }],
    });
  });
});

describe('spending', () => {
  it('is summed over a day', () => {
    expect(named('spend')).toMatchObject({
      MetricName: 'ModelCostUsd',
      Statistic: 'Sum',
      Period: 86_400,
      Threshold: 50,
    });
  });
});

describe.each(WIRES)('$program', ({ program, from }) => {
  it('is watched by how it is fed', () => {
    named(`errors-${program}`);
    if (from === 'on demand' || 'clock' in from) return;
    if ('queue' in from) {
      expect(named(`dead-letters-${program}`)).toMatchObject({
        MetricName: 'ApproximateNumberOfMessagesVisible',
        Threshold: 0,
      });
      expect(named(`oldest-message-${program}`)).toMatchObject({
        MetricName: 'ApproximateAgeOfOldestMessage',
        // A caller waits a minute; nobody waits for the others; erase hides its messages for a quarter of an hour itself; a
        // call out waits for its hours.
        Threshold: { 'answer-worker': 60, erase: 10_800, 'outbound-call': 172_800 }[program] ?? 900,
      });
    } else {
      expect(named(`iterator-age-${program}`)).toMatchObject({
        MetricName: 'IteratorAge',
        Statistic: 'Maximum',
        Threshold: 300_000,
      });
      const source = 'kinesis' in from ? 'kinesis' : 'changes';
      expect(named(`dead-letters-${program}-${source}`)).toMatchObject({
        MetricName: 'OnFailureDestinationDeliveredEventCount',
      });
    }
  });
});

describe.each(WIRES)('errors of $program', ({ program, stack, from }) => {
  const alarm = named(`errors-${program}`);
  const seconds = Number(alarm.Period) * Number(alarm.EvaluationPeriods);
  const timeout = functionOf(whole, stack, program)[1].Properties.Timeout as number;
  const SELDOM = ['analytics-dump', 'backfill', 'erase', 'redrive', 'knowledge-review', 'outbound-call'];

  it('are told although one call comes after the other and each runs out of time', () => {
    const interval = typeof from === 'object' && 'clock' in from && from.clock === 'rate(1 hour)' ? 3600 : 60;
    const errors = seconds / Math.max(interval, timeout);
    expect(errors).toBeGreaterThanOrEqual(Number(alarm.DatapointsToAlarm));
  });

  it('are still looked at when a call has run out of time: they count from its beginning', () => {
    expect(seconds).toBeGreaterThan(timeout);
  });

  it(SELDOM.includes(program) ? 'are told at the first one' : 'are told when they go on', () => {
    expect(alarm.DatapointsToAlarm).toBe(SELDOM.includes(program) ? 1 : 3);
    expect(alarm.Threshold).toBe(0);
  });
});

describe('who is told', () => {
  it('is the address that is given, over an encrypted topic that takes TLS only', () => {
    expect(one(whole, 'Observability', 'AWS::SNS::Subscription')[1].Properties.Endpoint).toBe('operations@example.com');
    expect(one(whole, 'Observability', 'AWS::SNS::Topic')[1].Properties.KmsMasterKeyId).toBeDefined();
    expect(JSON.stringify(one(whole, 'Observability', 'AWS::SNS::TopicPolicy')[1])).toContain(
      '"aws:SecureTransport":"false"',
    );
    const key = JSON.stringify(one(whole, 'Observability', 'AWS::KMS::Key')[1].Properties.KeyPolicy);
    expect(key).toContain('cloudwatch.amazonaws.com');
  });
});
