// Which models of Bedrock, and whether Comprehend, a function may call: only what the settings name, and what they may name
// where nobody can see it: in the SSM parameter.

import { Stack } from 'aws-cdk-lib';

import { Config } from './config';
import { Permission } from './permission';

/** Beginnings of the ids of inference profiles, which send a call to one of several regions. */
const PROFILE = /^(us|us-gov|eu|apac|ap|ca|au|jp|sa|global)\./;

const UNSEEN = 'The setting may stand in the parameter, which nobody can read while the topology is made.';

/**
 * Whether a setting may stand in the SSM parameter: there is one, and the context does not say the setting. A setting of
 * the context wins over the parameter, an empty one too.
 */
function isUnseen(config: Config, setting: string): boolean {
  return config.settingsParameter !== undefined && config.settings[setting] === undefined;
}

/** Calling the models that the settings name; nothing where they name none, because summaries are extracted then. */
export function bedrockPermissions(stack: Stack, config: Config, more: readonly string[] = []): Permission[] {
  const all = [config.settings['bedrock.model_id'] ?? '', ...config.bedrockModels, ...more];
  const named = [...new Set(all)].filter((id) => id !== '');
  const permissions = invokePermissions(stack, named);
  // An agent answers without a model of ours being named; what it says is looked at all the same.
  if (named.length > 0 || config.settings['voice.agent_id'] || isUnseen(config, 'voice.agent_id')) {
    permissions.push(...guardrailPermissions(stack, config));
  }
  return permissions;
}

function guardrailPermissions(stack: Stack, config: Config): Permission[] {
  const actions = ['bedrock:ApplyGuardrail'];
  const arnOf = (resourceName: string): string =>
    stack.formatArn({ service: 'bedrock', resource: 'guardrail', resourceName });
  if (isUnseen(config, 'bedrock.guardrail_id')) return [{ actions, resources: [arnOf('*')], reason: UNSEEN }];
  const guardrail = config.settings['bedrock.guardrail_id'];
  if (!guardrail) return [];
  return [{ actions, resources: [guardrail.startsWith('arn:') ? guardrail : arnOf(guardrail)] }];
}

/** Asking the agent that the settings name, where one answers callers. */
export function agentPermissions(stack: Stack, config: Config): Permission[] {
  const actions = ['bedrock:InvokeAgent'];
  if (isUnseen(config, 'voice.agent_id')) {
    const resources = [stack.formatArn({ service: 'bedrock', resource: 'agent-alias', resourceName: '*' })];
    return [{ actions, resources, reason: UNSEEN }];
  }
  const [agent, alias] = [config.settings['voice.agent_id'], config.settings['voice.agent_alias_id']];
  if (!agent || !alias) return [];
  const resourceName = `${agent}/${alias}`;
  return [
    {
      actions,
      resources: [stack.formatArn({ service: 'bedrock', resource: 'agent-alias', resourceName })],
    },
  ];
}

/** Calling these models: foundation models, inference profiles, or ARNs of either. */
export function invokePermissions(stack: Stack, models: readonly string[]): Permission[] {
  const actions = ['bedrock:InvokeModel'];
  return models.map((id) => {
    if (id.startsWith('arn:')) return { actions, resources: [id] };
    if (!PROFILE.test(id)) {
      return { actions, resources: [foundationModel(stack, stack.region, id)] };
    }
    return {
      actions,
      resources: [
        stack.formatArn({ service: 'bedrock', resource: 'inference-profile', resourceName: id }),
        foundationModel(stack, '*', id.replace(PROFILE, '')),
      ],
      reason: 'An inference profile calls its one model in regions that AWS chooses.',
    };
  });
}

function foundationModel(stack: Stack, region: string, id: string): string {
  return stack.formatArn({ service: 'bedrock', region, account: '', resource: 'foundation-model', resourceName: id });
}

/** Whether Comprehend labels turns, or may, for all that can be seen here. */
export function mayUseComprehend(config: Config): boolean {
  return config.settings['sentiment.provider'] === 'comprehend' || isUnseen(config, 'sentiment.provider');
}

export function comprehendPermissions(config: Config): Permission[] {
  if (!mayUseComprehend(config)) return [];
  return [
    {
      actions: ['comprehend:BatchDetectSentiment'],
      resources: ['*'],
      reason: 'Comprehend knows no resource for its built-in models.',
    },
  ];
}
