// The voice agent in an account: bot, Connect, who may call what. All types here are unknown to a local AWS.

import { CfnOutput, Fn, Stack, StackProps } from 'aws-cdk-lib';
import * as bedrock from 'aws-cdk-lib/aws-bedrock';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as lex from 'aws-cdk-lib/aws-lex';
import { Construct } from 'constructs';

import { makeSubscriptionRole, subscribe } from './account-stack';
import { Config } from './config';
import { FunctionUnit } from './function-unit';
import { invokePermissions } from './models';
import { allow } from './permission';
import { PipelineStack } from './pipeline-stack';
import { makeOutboundCall, VoiceAnswersStack } from './voice-answers-stack';
import { VoiceBot } from './voice-bot';
import { instanceIdOf, VoiceConnect } from './voice-connect';
import { VoiceKnowledgeStack } from './voice-knowledge-stack';

export interface VoiceAgentStackProps extends StackProps {
  readonly config: Config;
  readonly pipeline: PipelineStack;
  readonly answers: VoiceAnswersStack;
  readonly knowledge: VoiceKnowledgeStack;
}

export class VoiceAgentStack extends Stack {
  readonly units: FunctionUnit[] = [];

  constructor(scope: Construct, id: string, props: VoiceAgentStackProps) {
    super(scope, id, props);
    const { config, pipeline, answers, knowledge } = props;

    const bot = new VoiceBot(this, 'Bot', { config, codeHook: answers.voiceAgent });
    subscribe(this, 'BotLogs', bot.logGroup.logGroupName, makeSubscriptionRole(this, pipeline), pipeline);
    this.permit('LexCalls', answers.voiceAgent, 'lexv2.amazonaws.com', bot.alias.attrArn);
    this.permit(
      'BedrockCalls',
      answers.voiceAgent,
      'bedrock.amazonaws.com',
      this.formatArn({ service: 'bedrock', resource: 'agent', resourceName: '*' }),
    );
    new CfnOutput(this, 'BotAliasArn', { value: bot.alias.attrArn });

    if (config.connectInstanceArn !== undefined || config.connectInstanceAlias !== undefined) {
      this.addConnect(config, bot, answers, pipeline);
    }
    if (config.bedrockAgentModel !== undefined) this.addAgent(config, config.bedrockAgentModel, answers, knowledge);
  }

  /** Lets a service call a function, on behalf of one resource of this account. */
  private permit(id: string, unit: FunctionUnit, principal: string, sourceArn: string): void {
    new lambda.CfnPermission(this, id, {
      action: 'lambda:InvokeFunction',
      functionName: unit.function.functionArn,
      principal,
      sourceArn,
      sourceAccount: this.account,
    });
  }

  private addConnect(config: Config, bot: VoiceBot, answers: VoiceAnswersStack, pipeline: PipelineStack): void {
    const connect = new VoiceConnect(this, 'Connect', {
      config,
      alias: bot.alias,
      producer: answers.producer.function,
      consumer: answers.consumer.function,
      earlierCalls: answers.earlierCalls.function,
    });
    for (const [id, unit] of Object.entries({
      VoiceAgent: answers.voiceAgent,
      Producer: answers.producer,
      Consumer: answers.consumer,
      EarlierCalls: answers.earlierCalls,
    })) {
      this.permit(`ConnectCalls${id}`, unit, 'connect.amazonaws.com', connect.instanceArn);
    }
    new lex.CfnResourcePolicy(this, 'BotPolicy', {
      resourceArn: bot.alias.attrArn,
      policy: {
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'ConnectTalksToTheBot',
            Effect: 'Allow',
            Principal: { Service: 'connect.amazonaws.com' },
            Action: ['lex:RecognizeText', 'lex:StartConversation'],
            Resource: bot.alias.attrArn,
            Condition: {
              StringEquals: { 'AWS:SourceAccount': this.account },
              ArnEquals: { 'AWS:SourceArn': connect.instanceArn },
            },
          },
        ],
      },
    });

    this.units.push(
      makeOutboundCall(this, config, answers, {
        bus: pipeline.bus,
        instanceId: instanceIdOf(connect.instanceArn),
        instanceArn: connect.instanceArn,
        flowId: Fn.select(3, Fn.split('/', connect.flow.attrContactFlowArn)),
        queueId: Fn.select(3, Fn.split('/', connect.queue.attrQueueArn)),
        sourceNumber: connect.phoneNumber?.attrAddress ?? '',
      }),
    );
    new CfnOutput(this, 'ConnectInstanceArn', { value: connect.instanceArn });
    new CfnOutput(this, 'ContactFlowArn', { value: connect.flow.attrContactFlowArn });
  }

  /** A Bedrock agent over the same knowledge, for those who answer by one; it may call one function, by a policy of its own. */
  private addAgent(config: Config, model: string, answers: VoiceAnswersStack, knowledge: VoiceKnowledgeStack): void {
    const role = new iam.Role(this, 'AgentRole', {
      description: 'The Bedrock agent calls its model, its knowledge base and one function',
      assumedBy: new iam.ServicePrincipal('bedrock.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': this.account },
          ArnLike: { 'aws:SourceArn': this.formatArn({ service: 'bedrock', resource: 'agent', resourceName: '*' }) },
        },
      }),
    });
    const knowledgeBase = knowledge.knowledgeBase;
    allow(role, [
      ...invokePermissions(this, [model]),
      { actions: ['lambda:InvokeFunction'], resources: [answers.voiceAgent.function.functionArn] },
      ...(knowledgeBase === undefined
        ? []
        : [{ actions: ['bedrock:Retrieve'], resources: [knowledgeBase.attrKnowledgeBaseArn] }]),
    ]);
    const agent = new bedrock.CfnAgent(this, 'Agent', {
      agentName: `${config.name}-voice`,
      agentResourceRoleArn: role.roleArn,
      foundationModel: model,
      instruction:
        'You answer callers of a contact centre in at most two short sentences that can be spoken aloud. Use only what the ' +
        'knowledge base says. If it says nothing on the question, say that you do not know and offer a colleague.',
      autoPrepare: true,
      idleSessionTtlInSeconds: 600,
      knowledgeBases:
        knowledgeBase === undefined
          ? undefined
          : [{ knowledgeBaseId: knowledgeBase.attrKnowledgeBaseId, description: 'What the voice agent answers from' }],
    });
    const policy = role.node.tryFindChild('DefaultPolicy');
    if (policy !== undefined) agent.node.addDependency(policy);
    const alias = new bedrock.CfnAgentAlias(this, 'AgentAlias', { agentAliasName: 'live', agentId: agent.attrAgentId });
    new CfnOutput(this, 'AgentId', { value: agent.attrAgentId });
    new CfnOutput(this, 'AgentAliasId', { value: alias.attrAgentAliasId });
  }
}
