// The warehouse: Parquet files in a bucket, tables over them in Glue, a work group of Athena to ask them, and the function
// that writes them. Partitions are projected, so no crawler and no repair is ever needed.

import { Annotations, CfnOutput, Duration, Stack, StackProps } from 'aws-cdk-lib';
import * as athena from 'aws-cdk-lib/aws-athena';
import * as glue from 'aws-cdk-lib/aws-glue';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

import { Config } from './config';
import { KeptAnswers, makeEraseFunction } from './erase-function';
import { FunctionUnit } from './function-unit';
import { GlueTable, readGlueTables } from './glue-schema';
import { decrypting, encrypting, objects } from './permission';
import { environmentOf, settingsPermissions } from './pipeline-functions';
import { PipelineStack } from './pipeline-stack';
import { makeAccessLogs, makeBucket, makeKey } from './storage';

export interface WarehouseStackProps extends StackProps {
  readonly config: Config;
  readonly pipeline: PipelineStack;
  /** What the voice agent keeps, where there is one: an erasure looks into it. */
  readonly answers?: KeptAnswers;
  /** Folder of the generated tables; tests read their own. */
  readonly glueFolder?: string;
}

/** First day that a query finds; before it there was no Contact Lens. */
const FIRST_DAY = '2018-01-01';

export class WarehouseStack extends Stack {
  readonly key: kms.Key;
  readonly bucket: s3.Bucket;
  readonly databaseName: string;
  readonly workGroup: athena.CfnWorkGroup;
  readonly units: FunctionUnit[];

  constructor(scope: Construct, id: string, props: WarehouseStackProps) {
    super(scope, id, props);
    const { config } = props;

    this.key = makeKey(this, 'WarehouseKey', config, 'aftercall: the warehouse');
    this.bucket = makeBucket(this, 'Warehouse', config, {
      key: this.key,
      accessLogs: makeAccessLogs(this, config),
      versioned: true,
      lifecycleRules: [
        { id: 'old-versions', noncurrentVersionExpiration: Duration.days(30) },
        { id: 'answers-of-queries', prefix: 'athena/', expiration: Duration.days(14) },
      ],
    });

    this.databaseName = config.name.replaceAll('-', '_');
    const database = new glue.CfnDatabase(this, 'Database', {
      catalogId: this.account,
      databaseInput: { name: this.databaseName, description: 'Contacts, turns and summaries of aftercall' },
    });
    const tables = readGlueTables(props.glueFolder);
    if (tables.length === 0) {
      Annotations.of(this).addWarningV2(
        'aftercall:no-tables',
        'schemas/generated/glue is empty: the database has no tables',
      );
    }
    for (const table of tables) {
      this.addTable(table).addResourceDependency(database);
    }

    this.workGroup = new athena.CfnWorkGroup(this, 'WorkGroup', {
      name: config.name,
      description: 'Queries on the warehouse of aftercall',
      recursiveDeleteOption: config.ephemeral,
      workGroupConfiguration: {
        enforceWorkGroupConfiguration: true,
        publishCloudWatchMetricsEnabled: true,
        engineVersion: { selectedEngineVersion: 'Athena engine version 3' },
        // A query that reads more than 100 GB has forgotten its days.
        bytesScannedCutoffPerQuery: 100 * 1024 ** 3,
        resultConfiguration: {
          outputLocation: `s3://${this.bucket.bucketName}/athena/`,
          encryptionConfiguration: { encryptionOption: 'SSE_KMS', kmsKey: this.key.keyArn },
        },
      },
    });

    this.units = [this.addDump(props.pipeline, config), makeEraseFunction(this, props.pipeline, this, props.answers)];
    new CfnOutput(this, 'WarehouseBucketName', { value: this.bucket.bucketName });
    new CfnOutput(this, 'DatabaseName', { value: this.databaseName });
    new CfnOutput(this, 'WorkGroupName', { value: this.workGroup.name });
  }

  private addTable(table: GlueTable): glue.CfnTable {
    const here = (text: string): string => text.replaceAll('{warehouse_bucket}', this.bucket.bucketName);
    const location = here(table.location ?? `s3://{warehouse_bucket}/warehouse/${table.table}/`);
    const parameters = Object.fromEntries(Object.entries(table.parameters).map(([name, value]) => [name, here(value)]));
    return new glue.CfnTable(this, `Table-${table.table}`, {
      catalogId: this.account,
      databaseName: this.databaseName,
      tableInput: {
        name: table.table,
        description: table.description,
        tableType: 'EXTERNAL_TABLE',
        parameters: {
          EXTERNAL: 'TRUE',
          classification: 'parquet',
          ...projection(table, location),
          ...parameters,
        },
        partitionKeys: table.partitionKeys.map((column) => ({ ...column })),
        storageDescriptor: {
          columns: table.columns.map((column) => ({ ...column })),
          location,
          inputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
          outputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
          serdeInfo: { serializationLibrary: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe' },
        },
      },
    });
  }

  private addDump(pipeline: PipelineStack, config: Config): FunctionUnit {
    // The name that the other stack exports, so that the finding that is acknowledged is the one that cdk-nag sees.
    const analysisArn = pipeline.exportValue(pipeline.analysisBucket.bucketArn);
    const unit = new FunctionUnit(this, 'AnalyticsDump', {
      config,
      program: 'analytics-dump',
      description: 'Published analyses to Parquet files and manifests',
      memoryMb: 2048,
      timeout: Duration.minutes(15),
      // A window is dumped by one at a time.
      reservedConcurrency: 1,
      environment: { ...environmentOf(pipeline), AFTERCALL_WAREHOUSE_BUCKET: this.bucket.bucketName },
      permissions: [
        { actions: ['dynamodb:Query'], resources: [pipeline.index.tableArn] },
        objects(analysisArn, ['analyses/', 'conversations/', 'results/'], ['s3:GetObject']),
        encrypting(pipeline.dataKey),
        objects(this.bucket.bucketArn, ['warehouse/'], ['s3:GetObject', 's3:PutObject', 's3:DeleteObject']),
        { actions: ['s3:ListBucket'], resources: [analysisArn, this.bucket.bucketArn] },
        decrypting(this.key),
        { actions: ['kms:GenerateDataKey'], resources: [this.key.keyArn] },
        ...settingsPermissions(this, config.settingsParameter),
      ],
    });
    unit.every(Duration.hours(1), 'What has been published since the last dump', 2);
    return unit;
  }
}

/** Where the partitions are, said once for all days: `dt=YYYY-MM-DD`. */
function projection(table: GlueTable, location: string): Record<string, string> {
  const [day] = table.partitionKeys;
  if (day === undefined || table.partitionKeys.length !== 1) {
    throw new Error(`${table.table}: one partition key, the day, not ${table.partitionKeys.length}`);
  }
  return {
    'projection.enabled': 'true',
    [`projection.${day.name}.type`]: 'date',
    [`projection.${day.name}.format`]: 'yyyy-MM-dd',
    [`projection.${day.name}.range`]: `${FIRST_DAY},NOW+1DAYS`,
    [`projection.${day.name}.interval`]: '1',
    [`projection.${day.name}.interval.unit`]: 'DAYS',
    'storage.location.template': `${location}${day.name}=\${${day.name}}/`,
  };
}
