// Who watches: a dashboard, the alarms, and the topic they tell. Every alarm has a runbook in docs/runbooks.

import { CfnOutput, Duration, Stack, StackProps } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';

import { Alarms } from './alarms';
import { Config } from './config';
import { FunctionUnit } from './function-unit';
import { PipelineStack } from './pipeline-stack';
import { removalOf } from './storage';

export interface ObservabilityStackProps extends StackProps {
  readonly config: Config;
  readonly pipeline: PipelineStack;
  readonly units: readonly FunctionUnit[];
}

/** Namespace of the metrics that the functions write to their logs. They have no dimensions. */
export const NAMESPACE = 'aftercall';

function own(metricName: string, statistic: string, period: Duration): cloudwatch.Metric {
  return new cloudwatch.Metric({ namespace: NAMESPACE, metricName, statistic, period });
}

export class ObservabilityStack extends Stack {
  readonly alarms: Alarms;

  constructor(scope: Construct, id: string, props: ObservabilityStackProps) {
    super(scope, id, props);
    const { config, pipeline, units } = props;

    this.alarms = new Alarms(this, config, this.addTopic(config));
    for (const unit of units) this.alarms.addFor(unit);

    const published = own('ContactEndToPublishedMillis', 'p95', Duration.minutes(5));
    this.alarms.add({
      kind: 'time-to-published',
      says: `The service level: of 100 contacts, five take longer than ${config.publishedWithinSeconds} s from their end, as their contact record says (else from their last input), to their analysis.`,
      metric: published,
      above: config.publishedWithinSeconds * 1000,
      periods: 3,
      needsMany: true,
    });
    const quarantine = this.quarantinePercent(pipeline, units);
    this.alarms.add({
      kind: 'quarantine-rate',
      says: `More than ${config.quarantinePercent} % of what comes in cannot be used.`,
      // A local AWS has no alarms on a formula: there the alarm counts.
      metric: config.local ? own('Quarantined', 'Sum', Duration.hours(1)) : quarantine,
      above: config.quarantinePercent,
    });
    const spend = own('ModelCostUsd', 'Sum', Duration.days(1));
    this.alarms.add({
      kind: 'spend',
      says: `Models have cost more than ${config.spendUsd} US dollars in a day.`,
      metric: spend,
      above: config.spendUsd,
    });

    if (config.voice) {
      this.alarms.add({
        kind: 'transcripts-lost',
        says: 'What was said on calls did not reach the pipeline.',
        metric: own('TranscriptPartsLost', 'Sum', Duration.minutes(5)),
        above: 0,
      });
    }

    this.addDashboard(config, units, { published, quarantine, spend });
  }

  private addTopic(config: Config): sns.Topic {
    const key = new kms.Key(this, 'AlarmKey', {
      description: 'aftercall: what alarms say',
      enableKeyRotation: true,
      removalPolicy: removalOf(config),
    });
    key.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'AlarmsTellTheTopic',
        principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: ['*'],
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
    );
    const topic = new sns.Topic(this, 'AlarmTopic', { masterKey: key, enforceSSL: true });
    if (config.alarmEmail !== undefined) topic.addSubscription(new subscriptions.EmailSubscription(config.alarmEmail));
    new CfnOutput(this, 'AlarmTopicArn', { value: topic.topicArn });
    return topic;
  }

  /** What was put aside in an hour, of all that came in: records of the stream, and files. */
  private quarantinePercent(pipeline: PipelineStack, units: readonly FunctionUnit[]): cloudwatch.MathExpression {
    const period = Duration.hours(1);
    const files = units.find((unit) => unit.program === 'import')?.queue;
    if (files === undefined) throw new Error('there is no import queue to count files of');
    return new cloudwatch.MathExpression({
      expression: '100 * FILL(quarantined, 0) / (FILL(records, 0) + FILL(files, 0) + 1)',
      label: 'quarantined, % of inputs',
      period,
      usingMetrics: {
        quarantined: own('Quarantined', 'Sum', period),
        records: pipeline.events.metricIncomingRecords({ period, statistic: 'Sum' }),
        files: files.metricNumberOfMessagesDeleted({ period, statistic: 'Sum' }),
      },
    });
  }

  private addDashboard(
    config: Config,
    units: readonly FunctionUnit[],
    metrics: { published: cloudwatch.IMetric; quarantine: cloudwatch.IMetric; spend: cloudwatch.IMetric },
  ): void {
    const period = Duration.minutes(5);
    const graph = (title: string, left: cloudwatch.IMetric[], width = 12) =>
      new cloudwatch.GraphWidget({ title, left, width, height: 6, leftYAxis: { min: 0 } });
    const streams = units.filter((unit) => unit.streams.length > 0);
    const queued = units.flatMap(({ program, queue, deadLetters }) =>
      queue === undefined || deadLetters === undefined ? [] : [{ program, queue, deadLetters }],
    );

    const dashboard = new cloudwatch.Dashboard(this, 'Dashboard', { dashboardName: config.name });
    dashboard.addWidgets(
      graph('Contact end (by its record, else its last input) to published analysis, ms', [
        own('ContactEndToPublishedMillis', 'p50', period).with({ label: 'p50' }),
        metrics.published,
      ]),
      graph('Quarantined, % of inputs', [metrics.quarantine], 6),
      graph('Cost of models, USD a day', [metrics.spend], 6),
    );
    if (config.voice) {
      const waited = own('JobsStarted', 'Sum', period).with({ label: 'waited for an answer' });
      const hungUp = new cloudwatch.MathExpression({
        expression: 'FILL(waited, 0) - FILL(heard, 0) - FILL(late, 0)',
        label: 'hung up while they waited',
        period,
        usingMetrics: {
          waited,
          heard: own('AnswersHeard', 'Sum', period),
          late: own('AnswersTooLate', 'Sum', period),
        },
      });
      dashboard.addWidgets(graph('Callers who waited for a long answer', [waited, hungUp], 24));
    }
    dashboard.addWidgets(
      graph(
        'Age of the oldest record, ms',
        streams.map((unit) =>
          unit.function.metric('IteratorAge', { period, statistic: 'Maximum', label: unit.program }),
        ),
      ),
      graph(
        'Age of the oldest message, s',
        queued.map(({ program, queue }) => queue.metricApproximateAgeOfOldestMessage({ period, label: program })),
      ),
    );
    dashboard.addWidgets(
      graph(
        'Dead letters',
        queued.map(({ program, deadLetters }) =>
          deadLetters.metricApproximateNumberOfMessagesVisible({ period, label: program }),
        ),
      ),
      graph(
        'Errors',
        units.map((unit) => unit.function.metricErrors({ period, label: unit.program })),
      ),
    );
    dashboard.addWidgets(
      graph(
        'Calls',
        units.map((unit) => unit.function.metricInvocations({ period, label: unit.program })),
      ),
      graph(
        'Duration p95, ms',
        units.map((unit) => unit.function.metricDuration({ period, statistic: 'p95', label: unit.program })),
      ),
    );
    dashboard.addWidgets(
      new cloudwatch.AlarmStatusWidget({ title: 'Alarms', alarms: this.alarms.all, width: 24, height: 6 }),
    );
  }
}
