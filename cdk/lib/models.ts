// Which models of Bedrock, and whether Comprehend, a function may call: only what the settings name.

import { Stack } from 'aws-cdk-lib';

import { Config } from './config';
import { Permission } from './permission';

/** Beginnings of the ids of inference profiles, which send a call to one of several regions. */
const PROFILE = /^(us|us-gov|eu|apac|ap|ca|au|jp|sa|global)\./;

/** Calling the models that the settings name; nothing where they name none, because summaries are extracted then. */
export function bedrockPermissions(stack: Stack, config: Config, more: readonly string[] = []): Permission[] {
  const all = [config.settings['bedrock.model_id'] ?? '', ...config.bedrockModels, ...more];
  const named = [...new Set(all)].filter((id) => id !== '');
  const guardrail = config.settings['bedrock.guardrail_id'];
  const permissions = invokePermissions(stack, named);
  // An agent answers without a model of ours being named; what it says is looked at all the same.
  if (guardrail && (named.length > 0 || config.settings['voice.agent_id'])) {
    permissions.push({
      actions: ['bedrock:ApplyGuardrail'],
      resources: [
        guardrail.startsWith('arn:')
          ? guardrail
          : stack.formatArn({ service: 'bedrock', resource: 'guardrail', resourceName: guardrail }),
      ],
    });
  }
  return permissions;
}

/** Asking the agent that the settings name, where one answers callers. */
export function agentPermissions(stack: Stack, config: Config): Permission[] {
  const [agent, alias] = [config.settings['voice.agent_id'], config.settings['voice.agent_alias_id']];
  if (!agent || !alias) return [];
  const resourceName = `${agent}/${alias}`;
  return [
    {
      actions: ['bedrock:InvokeAgent'],
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

export function comprehendPermissions(config: Config): Permission[] {
  if (config.settings['sentiment.provider'] !== 'comprehend') return [];
  return [
    {
      actions: ['comprehend:BatchDetectSentiment'],
      resources: ['*'],
      reason: 'Comprehend knows no resource for its built-in models.',
    },
  ];
}
