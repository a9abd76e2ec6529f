// Connect for the voice agent: an instance (one that there is, or a new one), hours, a queue, a telephone number, what the
// instance may call, and the flow. The flow is the file that the simulator runs, with its tokens resolved.

import { Fn, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import * as connect from 'aws-cdk-lib/aws-connect';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as lex from 'aws-cdk-lib/aws-lex';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as custom from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import * as fs from 'node:fs';
import * as path from 'node:path';

import { Config } from './config';
import { removalOf } from './storage';

export interface VoiceConnectProps {
  readonly config: Config;
  readonly alias: lex.CfnBotAlias;
  readonly producer: lambda.IFunction;
  readonly consumer: lambda.IFunction;
  /** For a flow that verifies its caller; the shipped one does not. */
  readonly earlierCalls: lambda.IFunction;
}

/** The flow that is shipped. */
export const FLOW_FILE = path.join(__dirname, '..', '..', 'pipeline', 'voice', 'flows', 'voice-agent.json');

const DAYS = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY'];

export class VoiceConnect extends Construct {
  readonly instanceArn: string;
  readonly queue: connect.CfnQueue;
  readonly flow: connect.CfnContactFlow;
  readonly phoneNumber?: connect.CfnPhoneNumber;

  constructor(scope: Construct, id: string, props: VoiceConnectProps) {
    super(scope, id);
    const { config, alias, producer, consumer, earlierCalls } = props;

    this.instanceArn = config.connectInstanceArn ?? this.makeInstance(config).attrArn;
    const hours = new connect.CfnHoursOfOperation(this, 'Hours', {
      instanceArn: this.instanceArn,
      name: `${config.name} voice agent`,
      timeZone: config.timeZone,
      config: DAYS.map((day) => ({ day, startTime: { hours: 0, minutes: 0 }, endTime: { hours: 23, minutes: 59 } })),
    });
    if (config.phoneCountry !== undefined) {
      this.phoneNumber = new connect.CfnPhoneNumber(this, 'PhoneNumber', {
        targetArn: this.instanceArn,
        countryCode: config.phoneCountry,
        type: 'DID',
        description: 'Of the voice agent',
      });
      // A number that is given back is somebody else's soon.
      this.phoneNumber.applyRemovalPolicy(removalOf(config));
    }
    this.queue = new connect.CfnQueue(this, 'Queue', {
      instanceArn: this.instanceArn,
      name: `${config.name} voice agent`,
      description: 'Callers whom the voice agent passes on',
      hoursOfOperationArn: hours.attrHoursOfOperationArn,
      outboundCallerConfig:
        this.phoneNumber === undefined ? undefined : { outboundCallerIdNumberArn: this.phoneNumber.attrPhoneNumberArn },
    });

    const associations = [
      this.associate('Bot', 'LEX_BOT', alias.attrArn),
      this.associate('Producer', 'LAMBDA_FUNCTION', producer.functionArn),
      this.associate('Consumer', 'LAMBDA_FUNCTION', consumer.functionArn),
      this.associate('EarlierCalls', 'LAMBDA_FUNCTION', earlierCalls.functionArn),
    ];
    this.flow = new connect.CfnContactFlow(this, 'Flow', {
      instanceArn: this.instanceArn,
      name: `${config.name} voice agent`,
      description: 'Asks, listens, answers; waits for long answers; passes on',
      type: 'CONTACT_FLOW',
      content: resolveFlow(fs.readFileSync(FLOW_FILE, 'utf8'), {
        LEX_ALIAS_ARN: alias.attrArn,
        PRODUCER_ARN: producer.functionArn,
        CONSUMER_ARN: consumer.functionArn,
        QUEUE_ARN: this.queue.attrQueueArn,
      }),
    });
    // Connect checks a flow when it is made: what it names has to be allowed in the instance by then.
    for (const association of associations) this.flow.addResourceDependency(association);
    if (this.phoneNumber !== undefined) this.answerWith(this.phoneNumber);
  }

  private makeInstance(config: Config): connect.CfnInstance {
    const instance = new connect.CfnInstance(this, 'Instance', {
      identityManagementType: 'CONNECT_MANAGED',
      instanceAlias: config.connectInstanceAlias,
      attributes: {
        inboundCalls: true,
        outboundCalls: true,
        contactflowLogs: true,
        contactLens: true,
        autoResolveBestVoices: true,
      },
    });
    instance.applyRemovalPolicy(removalOf(config));
    return instance;
  }

  private associate(id: string, integrationType: string, integrationArn: string): connect.CfnIntegrationAssociation {
    return new connect.CfnIntegrationAssociation(this, `${id}Association`, {
      instanceId: this.instanceArn,
      integrationType,
      integrationArn,
    });
  }

  /** Has the number answered by the flow. CloudFormation has no property for it. */
  private answerWith(number: connect.CfnPhoneNumber): void {
    const instanceId = instanceIdOf(this.instanceArn);
    const numberId = Fn.select(1, Fn.split('/', number.attrPhoneNumberArn));
    const call = new custom.AwsCustomResource(this, 'NumberToFlow', {
      resourceType: 'Custom::PhoneNumberContactFlow',
      installLatestAwsSdk: false,
      logGroup: new logs.LogGroup(this, 'NumberToFlowLogs', {
        retention: logs.RetentionDays.ONE_MONTH,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
      onUpdate: {
        service: 'Connect',
        action: 'associatePhoneNumberContactFlow',
        parameters: {
          PhoneNumberId: numberId,
          InstanceId: instanceId,
          ContactFlowId: Fn.select(3, Fn.split('/', this.flow.attrContactFlowArn)),
        },
        physicalResourceId: custom.PhysicalResourceId.of('number-to-flow'),
      },
      onDelete: {
        service: 'Connect',
        action: 'disassociatePhoneNumberContactFlow',
        parameters: { PhoneNumberId: numberId, InstanceId: instanceId },
      },
      policy: custom.AwsCustomResourcePolicy.fromSdkCalls({
        resources: [number.attrPhoneNumberArn, this.instanceArn, this.flow.attrContactFlowArn],
      }),
    });
    call.node.addDependency(number);
    const stack = Stack.of(this);
    const provider = stack.node.children.find((child) =>
      child.node.id.startsWith('AWS679f53fac002430cb0da5b7982bd2287'),
    );
    if (provider !== undefined) {
      Validations.of(provider).acknowledge(
        {
          id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
          reason: 'The role of CDK’s own function that makes one call to Connect when the stack is deployed.',
        },
        { id: 'AwsSolutions-L1', reason: 'The runtime of CDK’s own function comes with CDK.' },
      );
    }
  }
}

/** The id at the end of an instance's ARN, known or not yet known: `arn:…:instance/<id>`. */
export function instanceIdOf(instanceArn: string): string {
  return Fn.select(1, Fn.split('/', instanceArn));
}

/** The flow with its tokens replaced; one that is left is an error, because Connect would take it for text. */
export function resolveFlow(text: string, values: Readonly<Record<string, string>>): string {
  const resolved = text.replace(/\$\{([A-Z_]+)\}/g, (token, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`the flow has a token that nothing resolves: ${token}`);
    return value;
  });
  return JSON.stringify(JSON.parse(resolved));
}
