// All stacks and how they hang together. The program (`bin/aftercall.ts`) and the tests build the same.

import { App, DefaultStackSynthesizer, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';

import { configOf } from './config';
import { ObservabilityStack } from './observability-stack';
import { PipelineStack } from './pipeline-stack';
import { WarehouseStack } from './warehouse-stack';

export interface Stacks {
  readonly pipeline: PipelineStack;
  readonly warehouse: WarehouseStack;
  readonly observability: ObservabilityStack;
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
  const warehouse = new WarehouseStack(app, 'Warehouse', {
    ...common(), stackName: `${config.name}-warehouse`, pipeline, glueFolder: options.glueFolder,
  });
  const units = [...pipeline.units, ...warehouse.units];
  const observability = new ObservabilityStack(app, 'Observability', {
    ...common(), stackName: `${config.name}-observability`, pipeline, units,
  });

  Tags.of(app).add('application', config.name);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return { pipeline, warehouse, observability };
}
