// Deployments as the tests look at them: synthesised once for each context, templates as plain objects, and the questions
// that several tests ask of a template.

import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as fs from 'node:fs';
import * as path from 'node:path';

import { build, Stacks } from '../lib/app';

export interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, any>;
  readonly DeletionPolicy?: string;
  readonly Metadata?: Record<string, unknown>;
}

export interface Deployment {
  readonly app: App;
  readonly stacks: Stacks;
  /** Resources of a stack by logical id. */
  readonly resources: Record<string, Record<string, Resource>>;
}

export const INSTANCE_ARN = 'arn:aws:connect:eu-west-2:111122223333:instance/11111111-2222-3333-4444-555555555555';

/** An account with everything that can be switched on. */
export const WHOLE: Record<string, unknown> = {
  assets: 'placeholder',
  voice: 'true',
  connectInstanceArn: INSTANCE_ARN,
  phoneCountry: 'IE',
  lexLogGroups: '/aws/lex/bank,/aws/lex/shop',
  bedrockAgentModel: 'amazon.nova-lite-v1:0',
  sourceBuckets: 'connect-transcripts',
  archiveDays: '400',
  alarmEmail: 'operations@example.com',
  settings: {
    'bedrock.model_id': 'eu.amazon.nova-lite-v1:0',
    'bedrock.guardrail_id': 'abcdefgh1234',
    'sentiment.provider': 'comprehend',
    'bedrock.daily_budget_usd': '20',
    'outbound.flags': '[{"category":"cancels","opening_message":"Hello.","purpose":"They want to leave"}]',
  },
};
/** The least that an account can have. */
export const PLAIN: Record<string, unknown> = { assets: 'placeholder' };
export const LOCAL: Record<string, unknown> = { assets: 'placeholder', local: 'true' };

export const GLUE_SAMPLE = path.join(__dirname, 'glue');

const cdkJson = JSON.parse(fs.readFileSync(path.join(__dirname, '..', 'cdk.json'), 'utf8')) as { context: object };
const known = new Map<string, Deployment>();

export function deploy(context: Record<string, unknown>, glueFolder: string = GLUE_SAMPLE): Deployment {
  const key = JSON.stringify([context, glueFolder]);
  const before = known.get(key);
  if (before !== undefined) return before;
  const app = new App({ context: { ...cdkJson.context, ...context }, analyticsReporting: false });
  const stacks = build(app, { glueFolder });
  const resources: Deployment['resources'] = {};
  for (const stack of Object.values(stacks)) {
    if (stack === undefined) continue;
    resources[stack.node.id] = (Template.fromStack(stack).toJSON().Resources ?? {}) as Record<string, Resource>;
  }
  const deployment = { app, stacks, resources };
  known.set(key, deployment);
  return deployment;
}

export type Found = readonly [id: string, resource: Resource];

/** Resources of a type in a stack. */
export function ofType(deployment: Deployment, stack: string, type: string): Found[] {
  return Object.entries(deployment.resources[stack] ?? {}).filter(([, resource]) => resource.Type === type);
}

/** Resources of a type in all stacks. */
export function everywhere(deployment: Deployment, type: string): Found[] {
  return Object.keys(deployment.resources).flatMap((stack) => ofType(deployment, stack, type));
}

/** The one resource of a type whose id begins like this. */
export function one(deployment: Deployment, stack: string, type: string, beginning = ''): Found {
  const found = ofType(deployment, stack, type).filter(([id]) => id.startsWith(beginning));
  if (found.length !== 1 || found[0] === undefined) {
    throw new Error(`${stack}: ${found.length} of ${type} ${beginning}: ${found.map(([id]) => id).join(', ')}`);
  }
  return found[0];
}

/** A function of aftercall by its program. */
export function functionOf(deployment: Deployment, stack: string, program: string): Found {
  const found = ofType(deployment, stack, 'AWS::Lambda::Function').find(
    ([, resource]) => resource.Properties.FunctionName === `aftercall-${program}`,
  );
  if (found === undefined) throw new Error(`${stack} has no function ${program}`);
  return found;
}

/** Whether a value anywhere refers to a resource, in its own stack or by an export of another. */
export function refersTo(value: unknown, beginning: string): boolean {
  const text = JSON.stringify(value) ?? '';
  return text.includes(`"${beginning}`) || new RegExp(`ExportsOutput(FnGetAtt|Ref)${beginning}`).test(text);
}

export interface Statement {
  readonly Effect: string;
  readonly Action: string[];
  readonly Resource: unknown[];
  readonly Condition?: unknown;
}

const list = (value: unknown): any[] => (Array.isArray(value) ? value : [value]);

/** The statements of the policies of a role. */
export function statementsOf(deployment: Deployment, stack: string, roleId: string): Statement[] {
  return ofType(deployment, stack, 'AWS::IAM::Policy')
    .filter(([, policy]) => list(policy.Properties.Roles).some((role) => role.Ref === roleId))
    .flatMap(([, policy]) => list(policy.Properties.PolicyDocument.Statement))
    .map((statement) => ({ ...statement, Action: list(statement.Action), Resource: list(statement.Resource) }));
}

/** The role of a function. */
export function roleOf(lambda: Resource): string {
  return lambda.Properties.Role['Fn::GetAtt'][0] as string;
}

/** The statements of a function's role. */
export function permissionsOf(deployment: Deployment, stack: string, program: string): Statement[] {
  return statementsOf(deployment, stack, roleOf(functionOf(deployment, stack, program)[1]));
}

/** Whether a function may do something to a resource. */
export function may(deployment: Deployment, stack: string, program: string, action: string, resource: string): boolean {
  return permissionsOf(deployment, stack, program).some(
    (statement) =>
      statement.Effect === 'Allow' &&
      statement.Action.includes(action) &&
      statement.Resource.some((one) => refersTo(one, resource)),
  );
}
