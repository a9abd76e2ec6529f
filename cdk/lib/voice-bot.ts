// The Lex bot of the voice agent: two intents, both decided by the code hook; a version, and an alias that Connect calls.

import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lex from 'aws-cdk-lib/aws-lex';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { createHash } from 'node:crypto';

import { Config } from './config';
import { FunctionUnit } from './function-unit';
import { allow } from './permission';
import { makeKey, removalOf } from './storage';

export interface VoiceBotProps {
  readonly config: Config;
  readonly codeHook: FunctionUnit;
}

const LOCALE = 'en_US';
const VOICE = { voiceId: 'Matthew', engine: 'neural' };

/** What a caller may begin with. Everything else is FallbackIntent, which the code hook answers as well. */
const UTTERANCES = [
  'I have a question',
  'I need help',
  'can you help me',
  'what is my data allowance',
  'how do I change my plan',
  'my connection does not work',
  'I want to know more about my bill',
  'hello',
  'yes',
  'no',
  'thank you',
  'goodbye',
];

export class VoiceBot extends Construct {
  readonly alias: lex.CfnBotAlias;
  readonly logGroup: logs.LogGroup;

  constructor(scope: Construct, id: string, props: VoiceBotProps) {
    super(scope, id);
    const { config, codeHook } = props;

    const logGroupName = `/aws/lex/${config.name}-voice`;
    this.logGroup = new logs.LogGroup(this, 'Conversations', {
      logGroupName,
      encryptionKey: this.makeLogKey(config, logGroupName),
      // What callers said, not redacted: it has been taken in long before, and does not stay here.
      retention: logs.RetentionDays.ONE_WEEK,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new iam.Role(this, 'Role', {
      description: 'Lex speaks, reads the mood, and logs conversations',
      assumedBy: new iam.ServicePrincipal('lexv2.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    });
    allow(role, [
      {
        actions: ['polly:SynthesizeSpeech', 'comprehend:DetectSentiment'],
        resources: ['*'],
        reason: 'Polly without lexicons and Comprehend know no resources.',
      },
      {
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [this.logGroup.logGroupArn],
        reason: 'The streams of the bot’s own log group, whose names Lex makes up.',
      },
    ]);

    const definition: lex.CfnBotProps = {
      name: `${config.name}-voice`,
      description: 'Listens for the voice agent',
      roleArn: role.roleArn,
      dataPrivacy: { ChildDirected: false },
      idleSessionTtlInSeconds: 300,
      autoBuildBotLocales: true,
      botLocales: [
        {
          localeId: LOCALE,
          nluConfidenceThreshold: 0.4,
          voiceSettings: VOICE,
          intents: [
            {
              name: 'defaultIntent',
              description: 'Whatever a caller asks',
              sampleUtterances: UTTERANCES.map((utterance) => ({ utterance })),
              dialogCodeHook: { enabled: true },
              fulfillmentCodeHook: { enabled: true },
            },
            {
              name: 'FallbackIntent',
              description: 'What no intent understands, and silence',
              parentIntentSignature: 'AMAZON.FallbackIntent',
              dialogCodeHook: { enabled: true },
              fulfillmentCodeHook: { enabled: true },
            },
          ],
        },
      ],
    };
    const bot = new lex.CfnBot(this, 'Bot', definition);
    bot.node.addDependency(role);
    bot.applyRemovalPolicy(removalOf(config));

    // A version never changes, so another definition needs another version: its name has the definition's digest.
    const digest = createHash('sha256')
      .update(JSON.stringify({ ...definition, roleArn: '' }))
      .digest('hex')
      .slice(0, 12);
    const version = new lex.CfnBotVersion(this, `Version${digest}`, {
      botId: bot.attrId,
      botVersionLocaleSpecification: [{ localeId: LOCALE, botVersionLocaleDetails: { sourceBotVersion: 'DRAFT' } }],
    });

    this.alias = new lex.CfnBotAlias(this, 'Alias', {
      botAliasName: 'live',
      botId: bot.attrId,
      botVersion: version.attrBotVersion,
      botAliasLocaleSettings: [
        {
          localeId: LOCALE,
          botAliasLocaleSetting: {
            enabled: true,
            codeHookSpecification: {
              lambdaCodeHook: { codeHookInterfaceVersion: '1.0', lambdaArn: codeHook.function.functionArn },
            },
          },
        },
      ],
      conversationLogSettings: {
        textLogSettings: [
          {
            enabled: true,
            destination: { cloudWatch: { cloudWatchLogGroupArn: this.logGroup.logGroupArn, logPrefix: 'voice' } },
          },
        ],
      },
      sentimentAnalysisSettings: { DetectSentiment: true },
    });
    const policy = role.node.tryFindChild('DefaultPolicy');
    if (policy !== undefined) this.alias.node.addDependency(policy);
  }
  /** A key of its own for what callers said; CloudWatch Logs may use it for this log group only. */
  private makeLogKey(config: Config, logGroupName: string): kms.Key {
    const stack = Stack.of(this);
    const key = makeKey(this, 'ConversationsKey', config, 'aftercall: what callers said to the voice agent');
    key.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'LogsOfTheBot',
        principals: [new iam.ServicePrincipal(`logs.${stack.region}.amazonaws.com`)],
        actions: [
          'kms:Encrypt',
          'kms:Decrypt',
          'kms:ReEncryptFrom',
          'kms:ReEncryptTo',
          'kms:GenerateDataKey',
          'kms:DescribeKey',
        ],
        resources: ['*'],
        conditions: {
          ArnEquals: {
            'kms:EncryptionContext:aws:logs:arn': stack.formatArn({
              service: 'logs',
              resource: 'log-group',
              resourceName: logGroupName,
              arnFormat: ArnFormat.COLON_RESOURCE_NAME,
            }),
          },
        },
      }),
    );
    return key;
  }
}
