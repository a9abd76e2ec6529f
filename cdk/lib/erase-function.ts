// The function that erases contacts. It removes from every place where something is kept of them, so it may do more than any
// other, and nothing calls it but people. It stands in the stack of the warehouse, whose files it writes anew.

import { Duration, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';

import { FunctionUnit } from './function-unit';
import { decrypting, encrypting, objects } from './permission';
import {
  ARCHIVE_PREFIX,
  archiveEnvironment,
  deadLetterQueues,
  environmentOf,
  IMPORT_PREFIX,
  settingsPermissions,
} from './pipeline-functions';
import { PipelineStack } from './pipeline-stack';

export interface Warehouse {
  readonly bucket: s3.Bucket;
  readonly key: kms.Key;
}

/** What the voice agent keeps: jobs, answers, proposals. */
export interface KeptAnswers {
  readonly table: dynamodb.Table;
  readonly key: kms.Key;
  /** Whoever works on jobs: one that was given up holds a caller's words. */
  readonly worker: FunctionUnit;
}

export function makeEraseFunction(
  stack: Stack,
  pipeline: PipelineStack,
  warehouse: Warehouse,
  answers: KeptAnswers | undefined,
): FunctionUnit {
  const { config, segments, contacts, results, index } = pipeline;
  // The names that the other stack exports, so that the findings that are acknowledged are those that cdk-nag sees.
  const analysisArn = pipeline.exportValue(pipeline.analysisBucket.bucketArn);
  const rawArn = pipeline.exportValue(pipeline.rawBucket.bucketArn);
  const archiveArns =
    pipeline.archiveBucket === undefined ? [] : [pipeline.exportValue(pipeline.archiveBucket.bucketArn)];
  const units = [...pipeline.units, ...(answers === undefined ? [] : [answers.worker])];
  const queued = units.filter((unit) => unit.deadLetters !== undefined);
  const items = (actions: readonly string[], ...resources: string[]) => ({
    actions: actions.map((action) => `dynamodb:${action}`),
    resources,
  });
  return new FunctionUnit(stack, 'Erase', {
    config,
    program: 'erase',
    description: 'Erases a contact, or all contacts of a customer, on demand',
    memoryMb: 2048,
    timeout: Duration.minutes(15),
    // Two at a time could leave a manifest with the checksum of a file that the other has written since.
    reservedConcurrency: 1,
    // Each contact once more after 15 minutes. A call that waits for another one is received again.
    queue: { batchSize: 1, maxConcurrency: 2, maxReceiveCount: 20, ownMessages: true, lateSeconds: 3 * 3600 },
    seldom: true,
    environment: {
      ...environmentOf(pipeline),
      ...archiveEnvironment(pipeline),
      AFTERCALL_WAREHOUSE_BUCKET: warehouse.bucket.bucketName,
      AFTERCALL_DEAD_LETTER_QUEUES: deadLetterQueues(stack, queued),
      ...(answers === undefined ? {} : { AFTERCALL_ANSWERS_TABLE: answers.table.tableName }),
    },
    permissions: [
      // The tombstone, and the state that it takes the place of.
      items(['GetItem', 'UpdateItem'], contacts.tableArn),
      items(['Query'], `${contacts.tableArn}/index/open`),
      items(['Query', 'DeleteItem'], segments.tableArn, results.tableArn, index.tableArn),
      objects(rawArn, [IMPORT_PREFIX, 'inputs/', 'quarantine/', 'aws/lambda/'], ['s3:GetObject', 's3:DeleteObject']),
      ...archiveArns.map((arn) => objects(arn, [ARCHIVE_PREFIX], ['s3:GetObject', 's3:DeleteObject'])),
      // A batch that was given up is written again without the contact's records.
      objects(rawArn, ['aws/lambda/'], ['s3:PutObject']),
      objects(
        analysisArn,
        ['conversations/', 'analyses/', 'results/', 'exchanges/'],
        ['s3:GetObject', 's3:DeleteObject'],
      ),
      objects(warehouse.bucket.bucketArn, ['warehouse/'], ['s3:GetObject', 's3:PutObject', 's3:DeleteObject']),
      { actions: ['s3:ListBucket'], resources: [rawArn, ...archiveArns, analysisArn, warehouse.bucket.bucketArn] },
      encrypting(pipeline.rawKey, pipeline.dataKey),
      decrypting(warehouse.key),
      { actions: ['kms:GenerateDataKey'], resources: [warehouse.key.keyArn] },
      {
        actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility'],
        resources: queued.flatMap((unit) => (unit.deadLetters === undefined ? [] : [unit.deadLetters.queueArn])),
      },
      {
        // Customers are found by every version of the key.
        actions: ['secretsmanager:GetSecretValue', 'secretsmanager:ListSecretVersionIds'],
        resources: [pipeline.hmacSecret.secretArn],
      },
      ...(answers === undefined
        ? []
        : [
            items(['Query'], `${answers.table.tableArn}/index/contact`),
            items(['DeleteItem'], answers.table.tableArn),
            encrypting(answers.key),
          ]),
      ...settingsPermissions(stack, config.settingsParameter),
    ],
  });
}
