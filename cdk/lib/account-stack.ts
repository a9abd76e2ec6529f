// Wiring of a real account: what feeds the stream, and saved queries. All types here are unknown to a local AWS, which is why
// they stand apart. What CloudFormation has no type for is in `scripts/check-account.ts`.

import { Stack, StackProps } from 'aws-cdk-lib';
import * as athena from 'aws-cdk-lib/aws-athena';
import * as connect from 'aws-cdk-lib/aws-connect';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import * as fs from 'node:fs';
import * as path from 'node:path';

import { Config } from './config';
import { allow } from './permission';
import { PipelineStack } from './pipeline-stack';
import { WarehouseStack } from './warehouse-stack';

export interface AccountStackProps extends StackProps {
  readonly config: Config;
  readonly pipeline: PipelineStack;
  readonly warehouse: WarehouseStack;
}

/** What Connect is asked to write to the stream, by the name of its association. */
export const CONNECT_RESOURCES: Record<string, string> = {
  ContactRecords: 'CONTACT_TRACE_RECORDS',
  VoiceSegments: 'REAL_TIME_CONTACT_ANALYSIS_VOICE_SEGMENTS',
  ChatSegments: 'REAL_TIME_CONTACT_ANALYSIS_CHAT_SEGMENTS',
};

const SQL_FOLDER = path.join(__dirname, '..', '..', 'schemas', 'sql');

export class AccountStack extends Stack {
  constructor(scope: Construct, id: string, props: AccountStackProps) {
    super(scope, id, props);
    const { config, pipeline, warehouse } = props;

    if (config.connectInstanceArn !== undefined) {
      for (const [name, resourceType] of Object.entries(CONNECT_RESOURCES)) {
        new connect.CfnInstanceStorageConfig(this, name, {
          instanceArn: config.connectInstanceArn,
          resourceType,
          storageType: 'KINESIS_STREAM',
          kinesisStreamConfig: { streamArn: pipeline.events.streamArn },
        });
      }
    }

    if (config.lexLogGroups.length > 0) {
      const role = makeSubscriptionRole(this, pipeline);
      config.lexLogGroups.forEach((logGroupName, position) =>
        subscribe(this, `LexLogs${position}`, logGroupName, role, pipeline),
      );
    }

    this.addQueries(warehouse);
  }

  /** The views and the named queries of `schemas/sql`, as saved queries of the work group. */
  private addQueries(warehouse: WarehouseStack): void {
    for (const { folder, prefix, wrap } of [
      {
        folder: 'views',
        prefix: 'view-',
        wrap: (name: string, sql: string) => `CREATE OR REPLACE VIEW ${name} AS\n${sql}`,
      },
      { folder: 'queries', prefix: '', wrap: (_: string, sql: string) => sql },
    ]) {
      const files = fs
        .readdirSync(path.join(SQL_FOLDER, folder))
        .filter((file) => file.endsWith('.sql'))
        .sort();
      for (const file of files) {
        const name = path.basename(file, '.sql');
        const sql = fs.readFileSync(path.join(SQL_FOLDER, folder, file), 'utf8');
        const query = new athena.CfnNamedQuery(this, `Query-${prefix}${name}`, {
          name: `${prefix}${name}`,
          description: sql.split('\n')[0]?.replace(/^-- /, '') ?? name,
          database: warehouse.databaseName,
          workGroup: warehouse.workGroup.name,
          queryString: wrap(name, sql),
        });
        query.addResourceDependency(warehouse.workGroup);
      }
    }
  }
}

/** The role under which CloudWatch Logs writes to the stream. */
export function makeSubscriptionRole(scope: Construct, pipeline: PipelineStack): iam.Role {
  const stack = Stack.of(scope);
  const role = new iam.Role(scope, 'SubscriptionRole', {
    description: 'CloudWatch Logs writes the conversation logs of Lex to the stream',
    assumedBy: new iam.ServicePrincipal('logs.amazonaws.com', {
      conditions: { StringLike: { 'aws:SourceArn': stack.formatArn({ service: 'logs', resource: '*' }) } },
    }),
  });
  allow(role, [
    { actions: ['kinesis:PutRecord', 'kinesis:PutRecords'], resources: [pipeline.events.streamArn] },
    { actions: ['kms:GenerateDataKey'], resources: [pipeline.rawKey.keyArn] },
  ]);
  return role;
}

/** Has a log group of Lex written to the stream; ingest reads the gzip envelope. */
export function subscribe(
  scope: Construct,
  id: string,
  logGroupName: string,
  role: iam.Role,
  pipeline: PipelineStack,
): void {
  const filter = new logs.CfnSubscriptionFilter(scope, id, {
    logGroupName,
    filterPattern: '',
    destinationArn: pipeline.events.streamArn,
    roleArn: role.roleArn,
    // By log stream: the turns of a conversation stay in order.
    distribution: 'ByLogStream',
  });
  const policy = role.node.tryFindChild('DefaultPolicy');
  // CloudWatch Logs tries to write when the filter is made.
  if (policy !== undefined) filter.node.addDependency(policy);
}
