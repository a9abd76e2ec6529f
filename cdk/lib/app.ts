// All stacks and how they hang together. The program (`bin/aftercall.ts`) and the tests build the same.

import { App, DefaultStackSynthesizer, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';

import { AccountStack } from './account-stack';
import { configOf } from './config';
import { ObservabilityStack } from './observability-stack';
import { PipelineStack } from './pipeline-stack';
import { VoiceAgentStack } from './voice-agent-stack';
import { VoiceAnswersStack } from './voice-answers-stack';
import { VoiceKnowledgeStack } from './voice-knowledge-stack';
import { WarehouseStack } from './warehouse-stack';

export interface Stacks {
  readonly pipeline: PipelineStack;
  readonly warehouse: WarehouseStack;
  readonly observability: ObservabilityStack;
  /** Not on a local AWS. */
  readonly account?: AccountStack;
  /** Only with `-c voice=true`, or on a local AWS. */
  readonly voiceKnowledge?: VoiceKnowledgeStack;
  readonly voiceAnswers?: VoiceAnswersStack;
  /** Only with `-c voice=true`, and not on a local AWS. */
  readonly voiceAgent?: VoiceAgentStack;
}

export interface BuildOptions {
  /** Folder of the generated Glue tables; tests read their own. */
  readonly glueFolder?: string;
}

export function build(app: App, options: BuildOptions = {}): Stacks {
  const config = configOf(app);
  const env = { account: process.env.CDK_DEFAULT_ACCOUNT, region: process.env.CDK_DEFAULT_REGION };
  const common = () => ({
    env,
    config,
    // An emulator has no version of the bootstrap stack to compare.
    synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: !config.local }),
  });

  const pipeline = new PipelineStack(app, 'Pipeline', { ...common(), stackName: `${config.name}-pipeline` });
  let voiceKnowledge: VoiceKnowledgeStack | undefined;
  let voiceAnswers: VoiceAnswersStack | undefined;
  let voiceAgent: VoiceAgentStack | undefined;
  if (config.voice) {
    voiceKnowledge = new VoiceKnowledgeStack(app, 'VoiceKnowledge', {
      ...common(),
      stackName: `${config.name}-voice-knowledge`,
    });
    voiceAnswers = new VoiceAnswersStack(app, 'VoiceAnswers', {
      ...common(),
      stackName: `${config.name}-voice-answers`,
      pipeline,
      knowledge: voiceKnowledge,
    });
    if (!config.local) {
      voiceAgent = new VoiceAgentStack(app, 'VoiceAgent', {
        ...common(),
        stackName: `${config.name}-voice-agent`,
        pipeline,
        answers: voiceAnswers,
        knowledge: voiceKnowledge,
      });
    }
  }
  const warehouse = new WarehouseStack(app, 'Warehouse', {
    ...common(),
    stackName: `${config.name}-warehouse`,
    pipeline,
    answers:
      voiceAnswers === undefined
        ? undefined
        : { table: voiceAnswers.answers, key: voiceAnswers.key, worker: voiceAnswers.worker },
    glueFolder: options.glueFolder,
  });
  const account = config.local
    ? undefined
    : new AccountStack(app, 'Account', { ...common(), stackName: `${config.name}-account`, pipeline, warehouse });

  const units = [...pipeline.units, ...warehouse.units, ...(voiceAnswers?.units ?? []), ...(voiceAgent?.units ?? [])];
  const observability = new ObservabilityStack(app, 'Observability', {
    ...common(),
    stackName: `${config.name}-observability`,
    pipeline,
    units,
  });

  Tags.of(app).add('application', config.name);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return { pipeline, warehouse, observability, account, voiceKnowledge, voiceAnswers, voiceAgent };
}
