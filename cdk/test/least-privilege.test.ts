// What no function may do, and what no policy may say.

import { describe, expect, it } from 'vitest';

import { flatten } from '../lib/permission';
import { deploy, everywhere, may, one, permissionsOf, PLAIN, WHOLE } from './deployment';
import { WIRES } from './wires';

const whole = deploy(WHOLE);
const DYNAMO_READS = ['dynamodb:Query'];

/** Functions that may see what is not redacted. */
const RAW_ZONE = ['ingest', 'import', 'routing', 'reconcile', 'redrive', 'erase'];

describe('policies', () => {
  it('never allow all actions of a service', () => {
    for (const [id, policy] of everywhere(whole, 'AWS::IAM::Policy')) {
      const statements = policy.Properties.PolicyDocument.Statement as { Effect: string; Action: unknown }[];
      for (const statement of statements) {
        expect(JSON.stringify(statement.Action), id).not.toContain('*');
      }
    }
  });

  it('are written for a role of the deployment, not taken from AWS', () => {
    const roles = everywhere(whole, 'AWS::IAM::Role').filter(
      ([id]) => !id.startsWith('AWS679f53fac002430cb0da5b7982bd2287'),
    );
    for (const [id, role] of roles) expect(role.Properties.ManagedPolicyArns, id).toBeUndefined();
  });

  it('change and remove entries of the index only where they have to', () => {
    const changers = WIRES.filter(({ stack, program }) => may(whole, stack, program, 'dynamodb:DeleteItem', 'Index'));
    expect(changers.map((wire) => wire.program)).toEqual(['customer-summary', 'agent-summary', 'erase', 'redrive']);
    const removers = WIRES.filter(({ stack, program }) => may(whole, stack, program, 'dynamodb:DeleteItem', 'Results'));
    expect(removers.map((wire) => wire.program)).toEqual(['erase', 'redrive']);
    for (const { stack, program } of WIRES) {
      expect(may(whole, stack, program, 'dynamodb:DeleteItem', 'Contacts'), program).toBe(false);
      expect(may(whole, stack, program, 'dynamodb:UpdateItem', 'Results'), program).toBe(false);
    }
  });

  it('let no function scan a table', () => {
    for (const [id, policy] of everywhere(whole, 'AWS::IAM::Policy')) {
      expect(JSON.stringify(policy.Properties.PolicyDocument), id).not.toContain('dynamodb:Scan');
    }
  });
});

describe.each(WIRES.map((wire) => ({ ...wire, mayRead: RAW_ZONE.includes(wire.program) })))(
  '$program',
  ({ program, stack, mayRead }) => {
    it(mayRead ? 'may see what is not redacted' : 'may not see what is not redacted', () => {
      for (const action of DYNAMO_READS) expect(may(whole, stack, program, action, 'Segments'), action).toBe(mayRead);
      expect(may(whole, stack, program, 's3:GetObject', 'Raw')).toBe(mayRead);
      const decrypts = may(whole, stack, program, 'kms:Decrypt', 'RawKey');
      // What Lambda writes about records that it gave up needs the key too, for functions on a stream; and the secret of the
      // customer hashes is encrypted with it.
      expect(decrypts).toBe(mayRead || program === 'publish' || program === 'earlier-calls');
    });
  },
);

describe.each(WIRES)('$program', ({ program, stack }) => {
  it('is told of an object that is missing that it is missing: S3 says "forbidden" to who may not list the bucket', () => {
    const bucketsOf = (action: string): string[] =>
      permissionsOf(whole, stack, program)
        .filter((statement) => statement.Action.includes(action))
        .flatMap((statement) => statement.Resource)
        .map((resource) => flatten(resource).replace(/\/.*$/, ''));
    const listed = new Set(bucketsOf('s3:ListBucket'));
    expect(bucketsOf('s3:GetObject').filter((bucket) => !listed.has(bucket))).toEqual([]);
  });
});

describe('the archive', () => {
  const mayIn = (action: string): string[] =>
    WIRES.filter(({ stack, program }) => may(whole, stack, program, action, 'Archive')).map((wire) => wire.program);

  it('is written by who takes in, read by who takes in again or erases', () => {
    expect(mayIn('s3:PutObject')).toEqual(['ingest', 'import', 'redrive']);
    expect(mayIn('s3:DeleteObject')).toEqual(['ingest', 'import', 'erase', 'redrive']);
    expect(mayIn('s3:GetObject')).toEqual(['erase', 'redrive']);
    expect(mayIn('s3:ListBucket')).toEqual(['erase', 'redrive']);
  });

  it('is told to these, and to no other', () => {
    const told = everywhere(whole, 'AWS::Lambda::Function')
      .filter(([, { Properties }]) => Properties.Environment?.Variables.AFTERCALL_ARCHIVE_BUCKET !== undefined)
      .map(([, { Properties }]) => Properties.FunctionName)
      .sort();
    expect(told).toEqual(['ingest', 'import', 'redrive', 'erase'].map((program) => `aftercall-${program}`).sort());
  });

  it('is no part of the raw bucket', () => {
    for (const deployment of [whole, deploy(PLAIN)]) {
      for (const [id, { Properties }] of everywhere(deployment, 'AWS::IAM::Policy')) {
        const resources = (Properties.PolicyDocument.Statement as { Resource: unknown }[]).map((one) => one.Resource);
        for (const resource of resources.flat()) {
          const text = flatten(resource);
          if (text.includes('/archive/')) expect(text, id).toMatch(/Archive/);
        }
      }
    }
  });
});

describe('the buckets of the contact centre', () => {
  it('are read by import alone, and nobody writes to them', () => {
    const touches = WIRES.flatMap(({ stack, program }) =>
      permissionsOf(whole, stack, program)
        .filter((statement) => JSON.stringify(statement.Resource).includes(':s3:::connect-transcripts'))
        .map((statement) => [program, ...statement.Action]),
    );
    expect(touches).toEqual([
      ['import', 's3:GetObject'],
      ['import', 's3:ListBucket'],
    ]);
  });

  it('are listed one by one, not their objects', () => {
    const two = deploy({ ...PLAIN, sourceBuckets: 'calls,chats' });
    const listed = permissionsOf(two, 'Pipeline', 'import')
      .filter((statement) => statement.Action.includes('s3:ListBucket'))
      .flatMap((statement) => statement.Resource)
      .map(flatten);
    for (const name of ['calls', 'chats']) expect(listed).toContain(`arn:<AWS::Partition>:s3:::${name}`);
  });
});

describe('models', () => {
  const callers = (deployment: typeof whole, action: string): string[] =>
    WIRES.filter(({ stack }) => deployment.resources[stack] !== undefined)
      .filter(({ stack, program }) =>
        permissionsOf(deployment, stack, program).some((statement) => statement.Action.includes(action)),
      )
      .map((wire) => wire.program)
      .sort();

  it('are called by those who write summaries or answers, and only the models that are named', () => {
    expect(callers(whole, 'bedrock:InvokeModel')).toEqual([
      'agent-summary',
      'answer-worker',
      'customer-summary',
      'voice-agent',
    ]);
    const resources = permissionsOf(whole, 'Pipeline', 'customer-summary')
      .filter((statement) => statement.Action.includes('bedrock:InvokeModel'))
      .flatMap((statement) => statement.Resource)
      .map((resource) => JSON.stringify(resource));
    expect(resources).toHaveLength(2);
    expect(resources[0]).toContain(':inference-profile/eu.amazon.nova-lite-v1:0');
    expect(resources[1]).toContain('::foundation-model/amazon.nova-lite-v1:0');
    expect(callers(whole, 'bedrock:ApplyGuardrail')).toEqual(callers(whole, 'bedrock:InvokeModel'));
  });

  it('are called by nobody where none is named', () => {
    const plain = deploy(PLAIN);
    expect(callers(plain, 'bedrock:InvokeModel')).toEqual([]);
    expect(callers(plain, 'comprehend:BatchDetectSentiment')).toEqual([]);
  });

  it('that may be named in the parameter may be called, unless the context says otherwise', () => {
    const hidden = deploy({ ...WHOLE, bedrockModels: 'm', settings: {}, settingsParameter: '/aftercall/settings' });
    expect(callers(hidden, 'comprehend:BatchDetectSentiment')).toEqual(['sentiment']);
    expect(callers(hidden, 'bedrock:ApplyGuardrail')).toEqual(callers(whole, 'bedrock:ApplyGuardrail'));
    expect(callers(hidden, 'bedrock:InvokeAgent')).toEqual(['answer-worker', 'voice-agent']);
    const [, queue] = one(hidden, 'Pipeline', 'AWS::SQS::Queue', 'SentimentQueue');
    expect(queue.Properties.RedrivePolicy.maxReceiveCount).toBe(1000);

    const said = { 'sentiment.provider': 'service', 'bedrock.guardrail_id': '', 'voice.agent_id': '' };
    const seen = deploy({ ...PLAIN, settings: said, settingsParameter: '/aftercall/settings' });
    for (const action of ['comprehend:BatchDetectSentiment', 'bedrock:ApplyGuardrail', 'bedrock:InvokeAgent']) {
      expect(callers(seen, action)).toEqual([]);
    }
  });

  it('of Comprehend are called by sentiment alone', () => {
    expect(callers(whole, 'comprehend:BatchDetectSentiment')).toEqual(['sentiment']);
  });
});

describe('exchanges with a model', () => {
  it.each(['customer-summary', 'agent-summary'])('are kept by %s', (program) => {
    expect(JSON.stringify(permissionsOf(whole, 'Pipeline', program))).toContain('/exchanges/*');
  });
  it.each(['sentiment', 'first-response', 'publish'])('are no business of %s', (program) => {
    expect(JSON.stringify(permissionsOf(whole, 'Pipeline', program))).not.toContain('exchanges/');
  });
});
