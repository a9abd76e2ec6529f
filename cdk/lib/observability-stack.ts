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

/** Namespace of the metrics that the functions write to their logs, each over all functions and of each one. */
export const NAMESPACE = 'aftercall';

function own(metricName: string, statistic: string, period: Duration, program?: string): cloudwatch.Metric {
  const dimensionsMap = program === undefined ? undefined : { Function: program };
  return new cloudwatch.Metric({ namespace: NAMESPACE, metricName, statistic, period, dimensionsMap });
}

/** Where something is put aside, each a source of its own: what all of one source send must not drown in what others send. */
export const QUARANTINES: Record<string, string> = {
  ingest: 'records of the stream',
  import: 'files',
  routing: 'contacts that were routed',
  'customer-summary': 'calls of the stage',
  'agent-summary': 'calls of the stage',
};

export class ObservabilityStack extends Stack {
  readonly alarms: Alarms;

  constructor(scope: Construct, id: string, props: ObservabilityStackProps) {
    super(scope, id, props);
    const { config, pipeline, units } = props;

    this.alarms = new Alarms(this, config, this.addTopic(config));
    for (const unit of units) this.alarms.addFor(unit);

    // An hour, so that a centre of some contacts an hour has values in it. Of fewer than twenty the p95 is the slowest one, and one
    // slow contact is no level of service: two hours of three have to have one.
    const published = own('ContactEndToPublishedMillis', 'p95', Duration.hours(1));
    this.alarms.add({
      kind: 'time-to-published',
      says: `The service level: of 100 contacts, five take longer than ${config.publishedWithinSeconds} s from their end, as their contact record says (else from their last input), to their analysis.`,
      metric: published,
      above: config.publishedWithinSeconds * 1000,
      periods: 2,
      outOf: 3,
      percentile: true,
    });
    const quarantine = Object.entries(QUARANTINES).map(([program, of]) => {
      const percent = this.quarantinePercent(pipeline, units, program);
      this.alarms.add({
        kind: 'quarantine-rate',
        of: program,
        says: `${program}: of 100 ${of}, more than ${config.quarantinePercent} were put aside because they cannot be used.`,
        // A local AWS has no alarms on a formula: there the alarm counts.
        metric: config.local ? own('Quarantined', 'Sum', Duration.hours(1), program) : percent,
        above: config.quarantinePercent,
      });
      return percent;
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

  /** What a function put aside in an hour, of what it took in that hour. */
  private quarantinePercent(
    pipeline: PipelineStack,
    units: readonly FunctionUnit[],
    program: string,
  ): cloudwatch.MathExpression {
    const period = Duration.hours(1);
    const queue = units.find((unit) => unit.program === program)?.queue;
    const taken =
      program === 'ingest'
        ? pipeline.events.metricIncomingRecords({ period, statistic: 'Sum' })
        : (queue?.metricNumberOfMessagesDeleted({ period, statistic: 'Sum' }) ?? own('Routed', 'Sum', period, program));
    // The dashboard has all of them in one graph, where each metric needs a name of its own.
    const id = program.replaceAll('-', '_');
    return new cloudwatch.MathExpression({
      expression: `100 * FILL(quarantined_${id}, 0) / (FILL(taken_${id}, 0) + 1)`,
      label: program,
      period,
      usingMetrics: { [`quarantined_${id}`]: own('Quarantined', 'Sum', period, program), [`taken_${id}`]: taken },
    });
  }

  private addDashboard(
    config: Config,
    units: readonly FunctionUnit[],
    metrics: { published: cloudwatch.Metric; quarantine: cloudwatch.IMetric[]; spend: cloudwatch.IMetric },
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
        own('ContactEndToPublishedMillis', 'p95', period).with({ label: 'p95' }),
        metrics.published.with({ label: 'p95 of an hour' }),
      ]),
      graph('Put aside, % of what each took', metrics.quarantine, 6),
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
