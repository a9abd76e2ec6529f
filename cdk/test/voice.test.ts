// The voice agent's template, by the rows of the source documents' list that are about it. One test a row; its number begins
// the test's name. Rows about what a function or a flow does are tested where those are.

import { describe, expect, it } from 'vitest';

import * as fs from 'node:fs';
import { FLOW_FILE, resolveFlow } from '../lib/voice-connect';
import {
  deploy,
  Found,
  functionOf,
  INSTANCE_ARN,
  may,
  ofType,
  one,
  permissionsOf,
  refersTo,
  statementsOf,
  WHOLE,
} from './deployment';

const whole = deploy(WHOLE);
const ANSWERS = 'VoiceAnswers';
const AGENT = 'VoiceAgent';
const KNOWLEDGE = 'VoiceKnowledge';

const props = (stack: string, type: string, beginning = '') => one(whole, stack, type, beginning)[1].Properties;
const programProps = (program: string, stack = ANSWERS) => functionOf(whole, stack, program)[1].Properties;
const permissions = (): Found[] => ofType(whole, AGENT, 'AWS::Lambda::Permission');
const bot = props(AGENT, 'AWS::Lex::Bot');
const locale = bot.BotLocales[0];
/** The flow as it is deployed: references stand as `<…>`. */
const flow = (() => {
  const content = props(AGENT, 'AWS::Connect::ContactFlow').Content['Fn::Join'][1] as unknown[];
  return JSON.parse(
    content.map((part) => (typeof part === 'string' ? part : `<${JSON.stringify(part).replaceAll('"', '')}>`)).join(''),
  );
})() as { StartAction: string; Actions: { Identifier: string; Type: string; Parameters: any }[] };
const blocks = (type: string) => flow.Actions.filter((action) => action.Type === type);

describe('rows of the voice conversation agent', () => {
  it('0.2 the data bucket is closed, encrypted, over TLS only, and nobody is let in by `Principal: *`', () => {
    const bucket = props(KNOWLEDGE, 'AWS::S3::Bucket', 'Knowledge');
    expect(Object.values(bucket.PublicAccessBlockConfiguration)).toEqual([true, true, true, true]);
    expect(JSON.stringify(bucket.BucketEncryption)).toContain('aws:kms');
    const policy = one(whole, KNOWLEDGE, 'AWS::S3::BucketPolicy', 'Knowledge')[1].Properties.PolicyDocument.Statement;
    for (const statement of policy) {
      if (JSON.stringify(statement.Principal).includes('*')) expect(statement.Effect).toBe('Deny');
    }
    expect(JSON.stringify(policy)).toContain('"aws:SecureTransport":"false"');
  });

  it('0.5 the inbound function may take ten minutes', () => {
    expect(programProps('voice-agent').Timeout).toBe(600);
  });

  it('0.6 the inbound function has 1,536 MB of memory and of storage', () => {
    expect(programProps('voice-agent')).toMatchObject({ MemorySize: 1536, EphemeralStorage: { Size: 1536 } });
  });

  it('0.7 the inbound function may retrieve from the one knowledge base and call the named models, and nothing of everything', () => {
    expect(may(whole, ANSWERS, 'voice-agent', 'bedrock:Retrieve', 'KnowledgeBase')).toBe(true);
    const statements = permissionsOf(whole, ANSWERS, 'voice-agent');
    for (const statement of statements) expect(statement.Action.every((action) => !action.includes('*'))).toBe(true);
    const models = statements
      .filter((statement) => statement.Action.includes('bedrock:InvokeModel'))
      .flatMap((statement) => statement.Resource);
    expect(models.length).toBeGreaterThan(0);
    for (const model of models) expect(JSON.stringify(model)).toContain('amazon.nova-lite-v1:0');
  });

  it('0.8 Lex, Connect and Bedrock may call the inbound function, each on behalf of a resource of this account', () => {
    const callers = permissions().filter(([, one]) => refersTo(one.Properties.FunctionName, 'VoiceAgentFunction'));
    expect(callers.map(([, one]) => one.Properties.Principal).sort()).toEqual([
      'bedrock.amazonaws.com',
      'connect.amazonaws.com',
      'lexv2.amazonaws.com',
    ]);
    for (const [id, one] of callers) {
      expect(one.Properties.SourceArn, id).toBeDefined();
      expect(one.Properties.SourceAccount, id).toEqual({ Ref: 'AWS::AccountId' });
    }
  });

  it('0.10 the outbound function may take ten minutes, call out from one instance, and call one function', () => {
    expect(programProps('outbound-call', AGENT).Timeout).toBe(600);
    const statements = permissionsOf(whole, AGENT, 'outbound-call');
    const of = (action: string) =>
      statements.filter((statement) => statement.Action.includes(action)).flatMap((statement) => statement.Resource);
    expect(of('connect:StartOutboundVoiceContact')).toEqual([`${INSTANCE_ARN}/contact/*`]);
    expect(of('lambda:InvokeFunction')).toHaveLength(1);
    expect(refersTo(of('lambda:InvokeFunction')[0], 'VoiceAgentFunction')).toBe(true);
  });

  it('0.12 the outbound function knows number, instance, flow and queue', () => {
    const variables = programProps('outbound-call', AGENT).Environment.Variables;
    for (const name of ['CONNECT_INSTANCE_ID', 'OUTBOUND_FLOW_ID', 'OUTBOUND_QUEUE_ID', 'OUTBOUND_SOURCE_NUMBER']) {
      expect(variables[`AFTERCALL_${name}`], name).toBeDefined();
    }
    expect(refersTo(variables.AFTERCALL_OUTBOUND_SOURCE_NUMBER, 'ConnectPhoneNumber')).toBe(true);
  });

  it('0.14 a flagged contact wakes the outbound function, which may look it up in one instance', () => {
    const rules = ofType(whole, AGENT, 'AWS::Events::Rule').map(([, rule]) => rule.Properties);
    expect(rules).toHaveLength(1);
    expect(rules[0]?.EventPattern.detail).toEqual({ categories: ['cancels'] });
    const looks = permissionsOf(whole, AGENT, 'outbound-call').filter((one) =>
      one.Action.includes('connect:DescribeContact'),
    );
    expect(looks.flatMap((one) => one.Resource)).toEqual([`${INSTANCE_ARN}/contact/*`]);
    const without = deploy({ ...WHOLE, settings: {} });
    expect(ofType(without, AGENT, 'AWS::Events::Rule')).toHaveLength(0);
    const elsewhere = deploy({ ...WHOLE, settings: {}, settingsParameter: '/aftercall/settings' });
    expect(ofType(elsewhere, AGENT, 'AWS::Events::Rule')[0]?.[1].Properties.EventPattern.detail).toBeUndefined();
    expect(() => deploy({ ...WHOLE, settings: { 'outbound.flags': 'cancels' } })).toThrow('outbound.flags');
  });

  it('0.15 the flow that is deployed switches logging on first', () => {
    const first = flow.Actions.find((action) => action.Identifier === flow.StartAction);
    expect(first).toMatchObject({ Type: 'UpdateFlowLoggingBehavior', Parameters: { FlowLoggingBehavior: 'Enabled' } });
  });

  it('0.16 the flow listens with the alias of the bot', () => {
    const listens = blocks('ConnectParticipantWithLexBot');
    expect(listens.length).toBeGreaterThan(0);
    for (const block of listens) expect(block.Parameters.LexV2Bot.AliasArn).toContain('BotAlias');
  });

  it('0.18 a caller may cut in', () => {
    for (const block of blocks('ConnectParticipantWithLexBot')) {
      expect(block.Parameters.LexSessionAttributes['x-amz-lex:allow-interrupt:*:*']).toBe('True');
    }
  });

  it('0.24 every token of the flow is resolved, and one that cannot be is an error', () => {
    expect(JSON.stringify(flow)).not.toMatch(/\$\{/);
    const text = fs.readFileSync(FLOW_FILE, 'utf8');
    expect(() => resolveFlow(text, { LEX_ALIAS_ARN: 'a', PRODUCER_ARN: 'b', CONSUMER_ARN: 'c' })).toThrow(
      /\$\{QUEUE_ARN\}/,
    );
  });

  it('0.25 the instance knows the alias and each function of the flow, before the flow', () => {
    const associations = ofType(whole, AGENT, 'AWS::Connect::IntegrationAssociation');
    expect(associations.map(([, one]) => one.Properties.IntegrationType).sort()).toEqual([
      'LAMBDA_FUNCTION',
      'LAMBDA_FUNCTION',
      'LAMBDA_FUNCTION',
      'LEX_BOT',
    ]);
    const depends = (one(whole, AGENT, 'AWS::Connect::ContactFlow')[1] as unknown as { DependsOn: string[] }).DependsOn;
    for (const [id] of associations) expect(depends).toContain(id);
  });

  it('0.26 an instance that is made takes calls in and lets calls out', () => {
    const made = deploy({ ...WHOLE, connectInstanceArn: '', connectInstanceAlias: 'acme-voice' });
    const [, instance] = one(made, AGENT, 'AWS::Connect::Instance');
    expect(instance.Properties.Attributes).toMatchObject({ InboundCalls: true, OutboundCalls: true });
  });

  it('0.27 no country is called but those that are listed: the setting is handed to the function', () => {
    const listed = deploy({ ...WHOLE, settings: { 'outbound.countries': '+353=Europe/Dublin,+44=Europe/London' } });
    const variables = functionOf(listed, AGENT, 'outbound-call')[1].Properties.Environment.Variables;
    expect(variables.AFTERCALL_OUTBOUND__COUNTRIES).toBe('+353=Europe/Dublin,+44=Europe/London');
  });

  it('0.28 a telephone number is claimed, and the flow answers it', () => {
    expect(props(AGENT, 'AWS::Connect::PhoneNumber')).toMatchObject({ CountryCode: 'IE', Type: 'DID' });
    const wire = props(AGENT, 'Custom::PhoneNumberContactFlow');
    expect(JSON.stringify(wire.Update)).toContain('associatePhoneNumberContactFlow');
    expect(JSON.stringify(wire.Delete)).toContain('disassociatePhoneNumberContactFlow');
    expect(refersTo(wire.Update, 'ConnectFlow')).toBe(true);
  });

  it('0.29 the queue calls out under that number', () => {
    const queue = props(AGENT, 'AWS::Connect::Queue');
    expect(refersTo(queue.OutboundCallerConfig.OutboundCallerIdNumberArn, 'ConnectPhoneNumber')).toBe(true);
  });

  it('0.30 the bot has the two intents', () => {
    expect(locale.Intents.map((intent: any) => intent.Name)).toEqual(['defaultIntent', 'FallbackIntent']);
    expect(locale.Intents[1].ParentIntentSignature).toBe('AMAZON.FallbackIntent');
    expect(locale.Intents[0].SampleUtterances.length).toBeGreaterThan(0);
  });

  it('0.31 both hooks are on in every intent', () => {
    for (const intent of locale.Intents) {
      expect(intent.DialogCodeHook, intent.Name).toEqual({ Enabled: true });
      expect(intent.FulfillmentCodeHook, intent.Name).toEqual({ Enabled: true });
    }
  });

  it('0.32 the bot speaks American English as Matthew, and so does the flow', () => {
    expect(locale.LocaleId).toBe('en_US');
    expect(locale.VoiceSettings).toEqual({ VoiceId: 'Matthew', Engine: 'neural' });
    expect(blocks('UpdateContactTextToSpeechVoice')[0]?.Parameters).toMatchObject({ TextToSpeechVoice: 'Matthew' });
    expect(blocks('UpdateContactData')[0]?.Parameters.LanguageCode).toBe('en-US');
  });

  it('0.33 a version and an alias with the code hook; never the test alias; another bot is another version', () => {
    const alias = props(AGENT, 'AWS::Lex::BotAlias');
    expect(alias.BotVersion['Fn::GetAtt'][1]).toBe('BotVersion');
    const setting = alias.BotAliasLocaleSettings[0];
    expect(setting.LocaleId).toBe('en_US');
    expect(
      refersTo(setting.BotAliasLocaleSetting.CodeHookSpecification.LambdaCodeHook.LambdaArn, 'VoiceAgentFunction'),
    ).toBe(true);
    expect(JSON.stringify(whole.resources[AGENT])).not.toContain('TSTALIASID');
    const other = deploy({ ...WHOLE, name: 'other' });
    const versionId = (deployment: typeof whole) => one(deployment, AGENT, 'AWS::Lex::BotVersion')[0];
    expect(versionId(other)).not.toBe(versionId(whole));
  });

  it('0.34 the alias lets Connect in, from one instance', () => {
    const policy = props(AGENT, 'AWS::Lex::ResourcePolicy');
    const [statement] = policy.Policy.Statement;
    expect(refersTo(policy.ResourceArn, 'BotAlias')).toBe(true);
    expect(statement.Principal).toEqual({ Service: 'connect.amazonaws.com' });
    expect(statement.Condition.ArnEquals['AWS:SourceArn']).toBe(INSTANCE_ARN);
  });

  it('0.35 a Bedrock agent may call one function, by a policy of its own role', () => {
    const [role] = one(whole, AGENT, 'AWS::IAM::Role', 'AgentRole');
    const calls = statementsOf(whole, AGENT, role).filter((statement) =>
      statement.Action.includes('lambda:InvokeFunction'),
    );
    expect(calls.flatMap((statement) => statement.Resource)).toHaveLength(1);
    expect(refersTo(calls, 'VoiceAgentFunction')).toBe(true);
    expect(refersTo(props(AGENT, 'AWS::Bedrock::Agent').AgentResourceRoleArn, 'AgentRole')).toBe(true);
  });

  it('0.38 the knowledge base reads the documents of the bucket, and not what waits for approval', () => {
    const source = props(KNOWLEDGE, 'AWS::Bedrock::DataSource').DataSourceConfiguration;
    expect(refersTo(source.S3Configuration.BucketArn, 'Knowledge')).toBe(true);
    expect(source.S3Configuration.InclusionPrefixes).toEqual(['documents/']);
  });

  it('0.39 Embed Multilingual v3, whose 1,024 numbers are the index’s', () => {
    const knowledgeBase = JSON.stringify(props(KNOWLEDGE, 'AWS::Bedrock::KnowledgeBase').KnowledgeBaseConfiguration);
    expect(knowledgeBase).toContain('foundation-model/cohere.embed-multilingual-v3');
    const vector = props(KNOWLEDGE, 'AWS::OpenSearchServerless::Index').Mappings.Properties.embedding;
    expect(vector).toMatchObject({ Type: 'knn_vector', Dimension: 1024 });
  });

  it('0.40 the vectors are in OpenSearch Serverless, in an index that fits the knowledge base', () => {
    expect(props(KNOWLEDGE, 'AWS::OpenSearchServerless::Collection').Type).toBe('VECTORSEARCH');
    const index = props(KNOWLEDGE, 'AWS::OpenSearchServerless::Index');
    const storage = props(KNOWLEDGE, 'AWS::Bedrock::KnowledgeBase').StorageConfiguration;
    expect(storage.Type).toBe('OPENSEARCH_SERVERLESS');
    const configuration = storage.OpensearchServerlessConfiguration;
    expect(configuration.VectorIndexName).toBe(index.IndexName);
    expect(Object.values(configuration.FieldMapping).sort()).toEqual(Object.keys(index.Mappings.Properties).sort());
    expect(index.Settings.Index.Knn).toBe(true);
  });

  it('0.41 conversations of the bot reach the pipeline: its log goes to the stream', () => {
    const filter = props(AGENT, 'AWS::Logs::SubscriptionFilter');
    expect(refersTo(filter.LogGroupName, 'BotConversations')).toBe(true);
    expect(refersTo(filter.DestinationArn, 'Events')).toBe(true);
    const [role] = one(whole, AGENT, 'AWS::IAM::Role', 'SubscriptionRole');
    const actions = statementsOf(whole, AGENT, role).flatMap((statement) => statement.Action);
    expect(actions.sort()).toEqual(['kinesis:PutRecord', 'kinesis:PutRecords', 'kms:GenerateDataKey']);
  });
});

describe('rows of who answers', () => {
  it('0.49 the agent that the settings name may be asked by both who answer, and no other agent', () => {
    const settings = {
      'voice.answerer': 'agent',
      'voice.agent_id': 'AGENT00001',
      'voice.agent_alias_id': 'ALIAS00001',
      'bedrock.guardrail_id': 'abcdefgh1234',
    };
    const other = deploy({ ...WHOLE, settings });
    for (const program of ['voice-agent', 'answer-worker']) {
      const asked = permissionsOf(other, ANSWERS, program)
        .filter((statement) => statement.Action.includes('bedrock:InvokeAgent'))
        .flatMap((statement) => statement.Resource);
      expect(asked, program).toHaveLength(1);
      expect(JSON.stringify(asked), program).toContain(':agent-alias/AGENT00001/ALIAS00001');
      expect(may(whole, ANSWERS, program, 'bedrock:InvokeAgent', 'Agent'), program).toBe(false);
      const guarded = permissionsOf(other, ANSWERS, program).flatMap((statement) => statement.Action);
      expect(guarded, program).toContain('bedrock:ApplyGuardrail');
    }
  });
});

describe('rows of the answer that takes long', () => {
  it('1.1 Producer and Consumer end within the eight seconds of the flow', () => {
    for (const program of ['answer-producer', 'answer-consumer'])
      expect(programProps(program).Timeout).toBeLessThanOrEqual(8);
    for (const block of blocks('InvokeLambdaFunction')) {
      expect(Number(block.Parameters.InvocationTimeLimitSeconds)).toBeLessThanOrEqual(8);
    }
  });

  it('1.3 the flow calls Producer and Consumer, and Connect may call both', () => {
    const called = blocks('InvokeLambdaFunction').map((block) => String(block.Parameters.LambdaFunctionARN));
    for (const id of ['AnswerProducerFunction', 'AnswerConsumerFunction']) {
      expect(
        called.some((arn) => arn.includes(id)),
        id,
      ).toBe(true);
      const permission = permissions().find(([, one]) => refersTo(one.Properties.FunctionName, id));
      expect(permission?.[1].Properties).toMatchObject({ Principal: 'connect.amazonaws.com', SourceArn: INSTANCE_ARN });
    }
  });

  it('1.4 the queue: hidden for six times the worker’s time-out, with dead letters, encrypted, each job once', () => {
    const queue = props(ANSWERS, 'AWS::SQS::Queue', 'AnswerWorkerQueue');
    expect(queue.VisibilityTimeout).toBeGreaterThanOrEqual(6 * programProps('answer-worker').Timeout);
    expect(refersTo(queue.RedrivePolicy.deadLetterTargetArn, 'AnswerWorkerDeadLetters')).toBe(true);
    expect(queue).toMatchObject({ SqsManagedSseEnabled: true, FifoQueue: true });
  });

  it('1.5 the worker is fed by the queue, reports failures, and writes the table', () => {
    const mapping = props(ANSWERS, 'AWS::Lambda::EventSourceMapping', 'AnswerWorker');
    expect(mapping.FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
    expect(may(whole, ANSWERS, 'answer-worker', 'dynamodb:UpdateItem', 'Answers')).toBe(true);
  });

  it('1.6 the table: on demand, forgets, can be restored, encrypted with a key of ours', () => {
    expect(props(ANSWERS, 'AWS::DynamoDB::Table')).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      TimeToLiveSpecification: { AttributeName: 'expires_at', Enabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      SSESpecification: { SSEType: 'KMS', SSEEnabled: true },
    });
  });

  it('1.7 the Consumer only looks and counts: it may not make an answer', () => {
    const actions = permissionsOf(whole, ANSWERS, 'answer-consumer').flatMap((statement) => statement.Action);
    expect(actions).toContain('dynamodb:GetItem');
    expect(actions).not.toContain('dynamodb:PutItem');
    expect(actions).not.toContain('bedrock:InvokeModel');
  });
});
