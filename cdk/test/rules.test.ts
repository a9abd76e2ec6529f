// Rules over all stacks: cdk-nag has no open finding, what is acknowledged has a reason; the template of a local AWS has only
// types that the emulator takes; templates change only when somebody means it.

import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { IConstruct } from 'constructs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';

import { Deployment, deploy, LOCAL, PLAIN, Resource, WHOLE } from './deployment';

const DEPLOYMENTS = { whole: WHOLE, plain: PLAIN, local: LOCAL };

describe.each(Object.entries(DEPLOYMENTS))('cdk-nag: %s', (_, context) => {
  it('has no open finding', () => {
    const { app } = deploy(context);
    const report = new AwsSolutionsChecks(app).validateScope(app);
    const findings = report.violations.flatMap((violation) =>
      violation.violatingResources.map((resource) => `${violation.ruleName} at ${resource.constructPath}`),
    );
    expect(findings).toEqual([]);
  });

  it('has a reason for everything acknowledged', () => {
    const reasons: string[] = [];
    const visit = (node: IConstruct): void => {
      for (const { type, data } of node.node.metadata) {
        if (type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
          reasons.push(...(Object.values(data as object) as string[]));
      }
      node.node.children.forEach(visit);
    };
    visit(deploy(context).app);
    expect(reasons.length).toBeGreaterThan(0);
    for (const reason of reasons) expect(String(reason).length, String(reason)).toBeGreaterThan(20);
  });
});

/** Types that the emulator refuses, or that fail there: a template with one of them is rejected whole. */
const REFUSED =
  /^(AWS::(Connect|Lex|Bedrock|OpenSearchServerless|XRay)::|AWS::Athena::NamedQuery|AWS::Kinesis::StreamConsumer|AWS::Events::Archive|AWS::CloudWatch::CompositeAlarm|Custom::)/;

describe('the deployment of a local AWS', () => {
  const local = deploy({ ...LOCAL, archiveDays: WHOLE.archiveDays });

  it('has only types that the emulator takes', () => {
    for (const [stack, resources] of Object.entries(local.resources)) {
      for (const [id, { Type }] of Object.entries(resources))
        expect(REFUSED.test(Type), `${stack} ${id} ${Type}`).toBe(false);
    }
  });

  it('compares no version of the bootstrap stack', () => {
    for (const { template } of local.app.synth().stacks) expect((template as { Rules?: object }).Rules).toBeUndefined();
    for (const { template } of deploy(WHOLE).app.synth().stacks)
      expect((template as { Rules?: object }).Rules).toBeDefined();
  });

  it('has what the emulator takes of the whole: the same tables, streams, queues and mappings', () => {
    const whole = deploy(WHOLE);
    const ids = (deployment: Deployment, type: string) =>
      // The function that calls out stands in another stack where there is no local AWS.
      [...Object.keys(local.resources), 'VoiceAgent']
        .flatMap((stack) =>
          Object.entries(deployment.resources[stack] ?? {})
            .filter(([, resource]) => resource.Type === type)
            .map(([id]) => id),
        )
        .sort();
    for (const type of [
      'AWS::DynamoDB::Table',
      'AWS::Kinesis::Stream',
      'AWS::SQS::Queue',
      'AWS::Lambda::EventSourceMapping',
      'AWS::S3::Bucket',
      'AWS::Events::EventBus',
    ]) {
      expect(ids(local, type), type).toEqual(ids(whole, type));
    }
  });
});

describe('nothing in a template', () => {
  it('is an account, a region or an address of somebody', () => {
    for (const [stack, resources] of Object.entries(deploy(WHOLE).resources)) {
      const text = JSON.stringify(resources)
        .replaceAll('111122223333', '')
        .replaceAll('operations@example.com', '')
        .replaceAll('eu-west-2:', '');
      expect(/(?<=[":])\d{12}(?=[":])/.exec(text)?.[0], stack).toBeUndefined();
      expect(/\b(us|eu|ap)-(east|west|central|south|north)[a-z]*-\d\b/.exec(text)?.[0], stack).toBeUndefined();
      expect(/[\w.]+@[\w.]+\.\w+/.exec(text)?.[0], stack).toBeUndefined();
    }
  });
});

/** A resource as a few lines: type and id, then each property; digests of assets are left out. */
function lines([id, resource]: [string, Resource]): string {
  const steady = (value: unknown): string => JSON.stringify(value).replace(/[0-9a-f]{64}/g, '<digest>');
  const kept = resource.DeletionPolicy === undefined ? '' : ` (${resource.DeletionPolicy})`;
  return [
    `${resource.Type} ${id}${kept}`,
    ...Object.entries(resource.Properties ?? {}).map(([name, value]) => `  ${name}: ${steady(value)}`),
  ].join('\n');
}

describe.each(Object.keys(deploy(WHOLE).resources))('stack %s', (stack) => {
  it('is as it was', async () => {
    const text = Object.entries(deploy(WHOLE).resources[stack] ?? {})
      .map(lines)
      .join('\n\n');
    await expect(`${text}\n`).toMatchFileSnapshot(path.join(__dirname, 'snapshots', `${stack}.txt`));
  });
});
