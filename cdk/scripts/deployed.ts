// What scripts need of a deployment: flags, outputs of its stacks, and clients that also work against a local AWS.

import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';

/** `--name value` and `--name` of the command line. */
export function flag(name: string): string | undefined {
  const position = process.argv.indexOf(`--${name}`);
  if (position < 0) return undefined;
  const value = process.argv[position + 1];
  return value === undefined || value.startsWith('--') ? '' : value;
}

/** The deployment's name, as given to CDK by `-c name=`. */
export const NAME = flag('name') ?? 'aftercall';

/** Region and account come from the environment, and so does the address of a local AWS (`AWS_ENDPOINT_URL`). */
export const ON_AWS = process.env.AWS_ENDPOINT_URL === undefined;

/** Outputs of a stack by name; none if there is no such stack. */
export async function outputsOf(stack: string): Promise<Record<string, string>> {
  try {
    const { Stacks } = await new CloudFormationClient({}).send(
      new DescribeStacksCommand({ StackName: `${NAME}-${stack}` }),
    );
    const outputs = Stacks?.[0]?.Outputs ?? [];
    return Object.fromEntries(outputs.map((output) => [output.OutputKey ?? '', output.OutputValue ?? '']));
  } catch (error) {
    if (String(error).includes('does not exist')) return {};
    throw error;
  }
}

/** An output that has to be there. */
export function needed(outputs: Record<string, string>, name: string): string {
  const value = outputs[name];
  if (value === undefined)
    throw new Error(`${NAME}-pipeline has no output ${name}: deploy it first, or name it (--name)`);
  return value;
}
