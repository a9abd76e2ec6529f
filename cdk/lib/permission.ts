// What a function may do, as plain data, and how it becomes a policy. A wildcard in a resource needs a reason: it is
// acknowledged before cdk-nag for exactly this resource of exactly this role, and for nothing else.

import { Stack, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';

export interface Permission {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions?: Record<string, unknown>;
  /** Why a resource ends in `*`. */
  readonly reason?: string;
}

/** Adds the permissions to the role's own policy. */
export function allow(role: iam.Role, permissions: readonly Permission[]): void {
  for (const { actions, resources, conditions, reason } of permissions) {
    role.addToPolicy(
      new iam.PolicyStatement({ actions: [...actions], resources: [...resources], conditions: conditions as never }),
    );
    for (const resource of resources) {
      const finding = flatten(Stack.of(role).resolve(resource));
      if (!finding.includes('*')) continue;
      if (reason === undefined)
        throw new Error(`${role.node.path}: ${actions.join(', ')} on ${finding} needs a reason`);
      Validations.of(role).acknowledge({ id: `AwsSolutions-IAM5[Resource::${finding}]`, reason });
    }
  }
}

/** Objects under a prefix. */
export function objects(bucketArn: string, prefixes: readonly string[], actions: readonly string[]): Permission {
  return {
    actions,
    resources: prefixes.map((prefix) => `${bucketArn}/${prefix}*`),
    reason: 'The keys of objects are not known beforehand; the prefix is as narrow as the function allows.',
  };
}

/** Reading objects that may not be there: without this, S3 says "forbidden" of what is missing. */
export function seeingWhatIsMissing(...buckets: Pick<s3.IBucket, 'bucketArn'>[]): Permission {
  return { actions: ['s3:ListBucket'], resources: buckets.map((bucket) => bucket.bucketArn) };
}

/** Reading what a key encrypts. */
export function decrypting(...keys: kms.IKey[]): Permission {
  return { actions: ['kms:Decrypt', 'kms:DescribeKey'], resources: keys.map((key) => key.keyArn) };
}

/** Writing with a key, and reading again: DynamoDB needs all of these from who writes. */
export function encrypting(...keys: kms.IKey[]): Permission {
  return {
    actions: [
      'kms:Decrypt',
      'kms:DescribeKey',
      'kms:Encrypt',
      'kms:GenerateDataKey',
      'kms:ReEncryptFrom',
      'kms:ReEncryptTo',
    ],
    resources: keys.map((key) => key.keyArn),
  };
}

/** Reading and writing the objects of a bucket below prefixes. */
export function readWrite(bucket: s3.IBucket, ...prefixes: string[]): Permission {
  return objects(bucket.bucketArn, prefixes, ['s3:GetObject', 's3:PutObject']);
}

/** A resource as cdk-nag writes it in a finding. */
export function flatten(node: unknown): string {
  if (typeof node === 'string') return node.replace(/\$\{/g, '<').replace(/\}/g, '>');
  if (typeof node !== 'object' || node === null) return String(node ?? '');
  const entry = node as Record<string, unknown>;
  if ('Fn::Join' in entry) {
    const [delimiter, items] = entry['Fn::Join'] as [string, unknown[]];
    return items.map(flatten).join(delimiter);
  }
  if ('Fn::GetAtt' in entry) return `<${(entry['Fn::GetAtt'] as unknown[]).map(flatten).join('.')}>`;
  if ('Fn::ImportValue' in entry) return flatten(entry['Fn::ImportValue']);
  if ('Ref' in entry) return `<${flatten(entry.Ref)}>`;
  return JSON.stringify(node);
}
