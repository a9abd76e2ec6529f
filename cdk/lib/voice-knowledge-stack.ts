// What the voice agent knows: a bucket of documents and, but on a local AWS, a knowledge base over it (Bedrock, OpenSearch
// Serverless, Cohere Embed Multilingual v3). It stands before the functions, which have to know its id.
//
// `documents/` is searched. `proposed/` holds redacted conversations that wait for somebody's approval, and is not.

import { CfnOutput, Duration, Stack, StackProps } from 'aws-cdk-lib';
import * as bedrock from 'aws-cdk-lib/aws-bedrock';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as search from 'aws-cdk-lib/aws-opensearchserverless';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

import { Config } from './config';
import { allow, objects } from './permission';
import { makeAccessLogs, makeBucket, makeKey, removalOf } from './storage';

export interface VoiceKnowledgeStackProps extends StackProps {
  readonly config: Config;
}

/** The prefix that the knowledge base reads. */
export const DOCUMENTS = 'documents/';
/** The prefix of what waits for approval. */
export const PROPOSED = 'proposed/';

const EMBEDDING_MODEL = 'cohere.embed-multilingual-v3';
const DIMENSIONS = 1024;
const INDEX = 'passages';
const FIELDS = { vectorField: 'embedding', textField: 'text', metadataField: 'metadata' };

export class VoiceKnowledgeStack extends Stack {
  readonly key: kms.Key;
  readonly bucket: s3.Bucket;
  /** Only where there is a knowledge base. */
  readonly knowledgeBase?: bedrock.CfnKnowledgeBase;
  readonly dataSource?: bedrock.CfnDataSource;

  constructor(scope: Construct, id: string, props: VoiceKnowledgeStackProps) {
    super(scope, id, props);
    const { config } = props;
    this.key = makeKey(this, 'KnowledgeKey', config, 'aftercall: documents of the voice agent');
    this.bucket = makeBucket(this, 'Knowledge', config, {
      key: this.key,
      accessLogs: makeAccessLogs(this, config),
      versioned: true,
      notifies: true,
      lifecycleRules: [
        { id: 'old-versions', noncurrentVersionExpiration: Duration.days(90) },
        { id: 'proposals-nobody-approved', prefix: PROPOSED, expiration: Duration.days(90) },
      ],
    });
    new CfnOutput(this, 'KnowledgeBucketName', { value: this.bucket.bucketName });
    if (config.local) return;

    const role = this.makeRole();
    const { collection, index } = this.makeCollection(config, role);
    this.knowledgeBase = new bedrock.CfnKnowledgeBase(this, 'KnowledgeBase', {
      name: `${config.name}-voice`,
      description: 'What the voice agent answers from',
      roleArn: role.roleArn,
      knowledgeBaseConfiguration: {
        type: 'VECTOR',
        vectorKnowledgeBaseConfiguration: { embeddingModelArn: this.embeddingModelArn() },
      },
      storageConfiguration: {
        type: 'OPENSEARCH_SERVERLESS',
        opensearchServerlessConfiguration: {
          collectionArn: collection.attrArn,
          vectorIndexName: INDEX,
          fieldMapping: FIELDS,
        },
      },
    });
    this.knowledgeBase.addResourceDependency(index);
    // The index holds what the knowledge base has read: one is of no use without the other.
    for (const kept of [this.knowledgeBase, index]) kept.applyRemovalPolicy(removalOf(config));
    // Bedrock tries the role when the knowledge base is made.
    const policy = role.node.tryFindChild('DefaultPolicy');
    if (policy !== undefined) this.knowledgeBase.node.addDependency(policy);

    this.dataSource = new bedrock.CfnDataSource(this, 'Documents', {
      name: 'documents',
      knowledgeBaseId: this.knowledgeBase.attrKnowledgeBaseId,
      dataDeletionPolicy: config.ephemeral ? 'DELETE' : 'RETAIN',
      dataSourceConfiguration: {
        type: 'S3',
        s3Configuration: { bucketArn: this.bucket.bucketArn, inclusionPrefixes: [DOCUMENTS] },
      },
      vectorIngestionConfiguration: {
        chunkingConfiguration: {
          chunkingStrategy: 'FIXED_SIZE',
          // The model reads 512 tokens.
          fixedSizeChunkingConfiguration: { maxTokens: 300, overlapPercentage: 20 },
        },
      },
    });
    new CfnOutput(this, 'KnowledgeBaseId', { value: this.knowledgeBase.attrKnowledgeBaseId });
  }

  private embeddingModelArn(): string {
    return this.formatArn({
      service: 'bedrock',
      account: '',
      resource: 'foundation-model',
      resourceName: EMBEDDING_MODEL,
    });
  }

  /** The role under which Bedrock reads the documents and writes the index. */
  private makeRole(): iam.Role {
    const role = new iam.Role(this, 'KnowledgeBaseRole', {
      description: 'Bedrock reads the documents and writes their vectors',
      assumedBy: new iam.ServicePrincipal('bedrock.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': this.account },
          ArnLike: {
            'aws:SourceArn': this.formatArn({ service: 'bedrock', resource: 'knowledge-base', resourceName: '*' }),
          },
        },
      }),
    });
    allow(role, [
      { actions: ['bedrock:InvokeModel'], resources: [this.embeddingModelArn()] },
      { actions: ['s3:ListBucket'], resources: [this.bucket.bucketArn] },
      objects(this.bucket.bucketArn, [DOCUMENTS], ['s3:GetObject']),
      { actions: ['kms:Decrypt'], resources: [this.key.keyArn] },
    ]);
    return role;
  }

  private makeCollection(config: Config, role: iam.Role): { collection: search.CfnCollection; index: search.CfnIndex } {
    const name = `${config.name}-voice`;
    const resource = [`collection/${name}`];
    const encryption = new search.CfnSecurityPolicy(this, 'CollectionEncryption', {
      name,
      type: 'encryption',
      policy: this.toJsonString({
        Rules: [{ ResourceType: 'collection', Resource: resource }],
        KmsARN: this.key.keyArn,
      }),
    });
    const network = new search.CfnSecurityPolicy(this, 'CollectionNetwork', {
      name,
      type: 'network',
      // Reached by IAM only, over the public endpoint: CloudFormation makes the index from outside any network of ours.
      policy: JSON.stringify([{ Rules: [{ ResourceType: 'collection', Resource: resource }], AllowFromPublic: true }]),
    });
    const collection = new search.CfnCollection(this, 'Collection', {
      name,
      description: 'Vectors of what the voice agent knows',
      type: 'VECTORSEARCH',
      standbyReplicas: config.ephemeral ? 'DISABLED' : 'ENABLED',
    });
    collection.addResourceDependency(encryption);
    collection.addResourceDependency(network);
    collection.applyRemovalPolicy(removalOf(config));
    allow(role, [{ actions: ['aoss:APIAccessAll'], resources: [collection.attrArn] }]);

    // Who deploys makes the index; Bedrock fills and reads it.
    const deployer = this.formatArn({
      service: 'iam',
      region: '',
      resource: 'role',
      resourceName: `cdk-${this.synthesizer.bootstrapQualifier ?? 'hnb659fds'}-cfn-exec-role-${this.account}-${this.region}`,
    });
    const access = new search.CfnAccessPolicy(this, 'CollectionAccess', {
      name,
      type: 'data',
      policy: this.toJsonString([
        {
          Rules: [
            {
              ResourceType: 'index',
              Resource: [`index/${name}/${INDEX}`],
              Permission: ['aoss:CreateIndex', 'aoss:DescribeIndex', 'aoss:UpdateIndex', 'aoss:DeleteIndex'],
            },
          ],
          Principal: [deployer],
        },
        {
          Rules: [
            {
              ResourceType: 'index',
              Resource: [`index/${name}/${INDEX}`],
              Permission: ['aoss:DescribeIndex', 'aoss:ReadDocument', 'aoss:WriteDocument'],
            },
          ],
          Principal: [role.roleArn],
        },
      ]),
    });
    const index = new search.CfnIndex(this, 'Passages', {
      collectionEndpoint: collection.attrCollectionEndpoint,
      indexName: INDEX,
      settings: { index: { knn: true } },
      mappings: {
        properties: {
          [FIELDS.vectorField]: {
            type: 'knn_vector',
            dimension: DIMENSIONS,
            method: { name: 'hnsw', engine: 'faiss', spaceType: 'l2', parameters: { m: 16, efConstruction: 512 } },
          },
          [FIELDS.textField]: { type: 'text', index: true },
          [FIELDS.metadataField]: { type: 'text', index: false },
        },
      },
    });
    index.addResourceDependency(access);
    return { collection, index };
  }
}
