// Buckets and tables as every stack makes them: encrypted with a key of ours, closed to the public, over TLS only, and
// kept when their stack goes, unless the deployment is ephemeral.

import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

import { Config } from './config';

export function removalOf(config: Config): RemovalPolicy {
  return config.ephemeral ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN;
}

export function makeKey(scope: Construct, id: string, config: Config, description: string): kms.Key {
  return new kms.Key(scope, id, { description, enableKeyRotation: true, removalPolicy: removalOf(config) });
}

/** The bucket that the other buckets of a stack log their accesses to. */
export function makeAccessLogs(scope: Construct, config: Config): s3.Bucket {
  const bucket = new s3.Bucket(scope, 'AccessLogs', {
    // S3 delivers access logs only to buckets with keys of its own.
    encryption: s3.BucketEncryption.S3_MANAGED,
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    lifecycleRules: [{ expiration: Duration.days(90) }],
    removalPolicy: removalOf(config),
  });
  Validations.of(bucket).acknowledge({
    id: 'AwsSolutions-S1',
    reason: 'It is the bucket of the access logs; logging it into itself would never end.',
  });
  return bucket;
}

export interface BucketProps {
  readonly key: kms.IKey;
  readonly accessLogs: s3.IBucket;
  readonly lifecycleRules?: s3.LifecycleRule[];
  readonly versioned?: boolean;
  readonly notifies?: boolean;
}

export function makeBucket(scope: Construct, id: string, config: Config, props: BucketProps): s3.Bucket {
  const bucket = new s3.Bucket(scope, id, {
    encryption: s3.BucketEncryption.KMS,
    encryptionKey: props.key,
    bucketKeyEnabled: true,
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    versioned: props.versioned ?? false,
    serverAccessLogsBucket: props.accessLogs,
    serverAccessLogsPrefix: `${id.toLowerCase()}/`,
    lifecycleRules: [
      { id: 'unfinished-uploads', abortIncompleteMultipartUploadAfter: Duration.days(2) },
      ...(props.lifecycleRules ?? []),
    ],
    removalPolicy: removalOf(config),
  });
  if (props.notifies === true) {
    // The property of the bucket itself. CDK's own switch makes a custom resource, which a local AWS cannot run.
    (bucket.node.defaultChild as s3.CfnBucket).notificationConfiguration = {
      eventBridgeConfiguration: { eventBridgeEnabled: true },
    };
  }
  return bucket;
}

export interface TableProps {
  readonly key: kms.IKey;
  readonly sortKey?: boolean;
  readonly expires?: boolean;
  readonly stream?: boolean;
}

/** A table with the keys `pk` and `sk`. */
export function makeTable(scope: Construct, id: string, config: Config, props: TableProps): dynamodb.Table {
  return new dynamodb.Table(scope, id, {
    partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
    sortKey: props.sortKey === true ? { name: 'sk', type: dynamodb.AttributeType.STRING } : undefined,
    billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
    encryption: dynamodb.TableEncryption.CUSTOMER_MANAGED,
    encryptionKey: props.key,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    timeToLiveAttribute: props.expires === true ? 'expires_at' : undefined,
    stream: props.stream === true ? dynamodb.StreamViewType.NEW_IMAGE : undefined,
    deletionProtection: !config.ephemeral,
    removalPolicy: removalOf(config),
  });
}
