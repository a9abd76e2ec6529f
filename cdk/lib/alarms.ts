// The alarms of a function, and how an alarm is named: `<deployment>-<kind>-<of what>`. The kind is the name of the runbook,
// `docs/runbooks/<kind>.md`, to which the alarm's description points.

import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

import { Config } from './config';
import { FunctionUnit } from './function-unit';

export interface AlarmProps {
  /** Name of the runbook. */
  readonly kind: string;
  /** What it is an alarm of; nothing where there is one of the kind. */
  readonly of?: string;
  readonly says: string;
  readonly metric: cloudwatch.IMetric;
  readonly above: number;
  readonly periods?: number;
  readonly outOf?: number;
  /** Whether the metric is a percentile, which has to count with few values too. */
  readonly percentile?: boolean;
}

/** Makes alarms in a stack and has them tell the topic. */
export class Alarms {
  readonly all: cloudwatch.Alarm[] = [];

  constructor(
    private readonly scope: Construct,
    private readonly config: Config,
    private readonly topic: sns.ITopic,
  ) {}

  add(props: AlarmProps): cloudwatch.Alarm {
    const id = [props.kind, props.of].filter((part) => part !== undefined).join('-');
    const alarm = new cloudwatch.Alarm(this.scope, `Alarm-${id}`, {
      alarmName: `${this.config.name}-${id}`,
      alarmDescription: `${props.says} What to do: docs/runbooks/${props.kind}.md`,
      metric: props.metric,
      threshold: props.above,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: props.outOf ?? props.periods ?? 1,
      datapointsToAlarm: props.periods ?? 1,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
      evaluateLowSampleCountPercentile: props.percentile === true ? 'evaluate' : undefined,
    });
    alarm.addAlarmAction(new actions.SnsAction(this.topic));
    alarm.addOkAction(new actions.SnsAction(this.topic));
    this.all.push(alarm);
    return alarm;
  }

  /** What is watched of every function, by what it is fed. */
  addFor(unit: FunctionUnit): void {
    this.add({
      kind: 'errors',
      of: unit.program,
      says: `${unit.program} fails: calls end in an error or a time-out.`,
      above: 0,
      ...errorsOf(unit),
    });
    if (unit.deadLetters !== undefined && unit.queue !== undefined) {
      this.add({
        kind: 'dead-letters',
        of: unit.program,
        says: `Messages for ${unit.program} were given up.`,
        metric: unit.deadLetters.metricApproximateNumberOfMessagesVisible({
          period: Duration.minutes(1),
          statistic: 'Maximum',
        }),
        above: 0,
      });
      this.add({
        kind: 'oldest-message',
        of: unit.program,
        says: `Messages wait too long for ${unit.program}.`,
        metric: unit.queue.metricApproximateAgeOfOldestMessage({ period: Duration.minutes(1), statistic: 'Maximum' }),
        above: unit.lateSeconds,
        periods: 5,
      });
    }
    for (const { source, mapping } of unit.streams) {
      this.add({
        kind: 'iterator-age',
        of: unit.program,
        says: `${unit.program} is behind its stream (${source}): the oldest record is more than five minutes old.`,
        metric: unit.function.metric('IteratorAge', { period: Duration.minutes(1), statistic: 'Maximum' }),
        above: Duration.minutes(5).toMilliseconds(),
        periods: 5,
      });
      this.add({
        kind: 'dead-letters',
        of: `${unit.program}-${source.toLowerCase()}`,
        says: `Records for ${unit.program} were given up; they lie in the raw bucket under aws/lambda/.`,
        metric: new cloudwatch.Metric({
          namespace: 'AWS/Lambda',
          metricName: 'OnFailureDestinationDeliveredEventCount',
          dimensionsMap: { EventSourceMappingUUID: mapping.ref },
          period: Duration.minutes(1),
          statistic: 'Sum',
        }),
        above: 0,
      });
    }
  }
}

/**
 * How often a function has to fail. Lambda counts an error at the time when the call began, which for a time-out is long ago, so
 * what is looked at is longer than a call may take.
 */
function errorsOf(unit: FunctionUnit): Pick<AlarmProps, 'metric' | 'periods' | 'outOf'> {
  const errors = (period: Duration) => unit.function.metricErrors({ period, statistic: 'Sum' });
  const interval = unit.interval?.toMinutes() ?? 1;
  // One error is enough where the next call is far away: three in a row would be hours, or would never be.
  if (unit.seldom || interval > 5) return { metric: errors(Duration.minutes(Math.max(60, interval))) };
  // Calls that run out of time one after the other fail three times in three times that long.
  return {
    metric: errors(Duration.minutes(1)),
    periods: 3,
    outOf: Math.max(5, 3 * Math.ceil(unit.timeout.toSeconds() / 60)),
  };
}
