// What a deployment may choose, read from the CDK context (`cdk.json` or `-c name=value`). Everything has a default that
// is right for an account; `-c local=true` is for a local AWS and chooses what an emulator can take.

import { App } from 'aws-cdk-lib';

import { checkFiles, OwnFiles, ownFilesOf } from './own-files';

export interface Config {
  /** Beginning of the names of functions, queues and alarms. */
  readonly name: string;
  /** Whether the target is an emulator: only types that it knows, nothing that needs a custom resource. */
  readonly local: boolean;
  /** Whether tables, buckets, streams and keys go away with their stack. */
  readonly ephemeral: boolean;
  readonly architecture: 'arm64' | 'x86_64';
  /** `lambda`: the programs in `target/lambda`. `placeholder`: a stand-in, where nothing has been built. */
  readonly assets: 'lambda' | 'placeholder';
  /** Settings of aftercall by name, as in `aftercall config`. */
  readonly settings: Readonly<Record<string, string>>;
  /** Name of an SSM parameter with an `aftercall.toml`, if there is one. */
  readonly settingsParameter?: string;
  /** Files that settings name, packed beside the programs that read them. */
  readonly ownFiles?: OwnFiles;
  /** The Kinesis stream that Connect and Lex write to. */
  readonly streamName: string;
  /** Days that unredacted objects are kept. */
  readonly rawDays: number;
  /** Days that documents are kept as they came, to be taken in again; without it there is no archive. */
  readonly archiveDays?: number;
  /** Days that the functions' logs are kept. */
  readonly logDays: number;
  /** Buckets of this account whose new objects are imported, such as the one with Connect's `Analysis/` folder. */
  readonly sourceBuckets: readonly string[];
  /** ARNs of the keys that encrypt them, where they are customer-managed. */
  readonly sourceBucketKeys: readonly string[];
  /** Ids of models or inference profiles, besides `bedrock.model_id`, that the functions may call. */
  readonly bedrockModels: readonly string[];
  /** Where Bedrock and Comprehend are, if not at AWS; only on a local AWS. */
  readonly bedrockEndpoint?: string;
  readonly comprehendEndpoint?: string;
  /** Who hears of alarms. */
  readonly alarmEmail?: string;
  /** Contact end to published analysis, p95, above which the alarm goes off. */
  readonly publishedWithinSeconds: number;
  /** Share of inputs in quarantine, in percent, above which the alarm goes off. */
  readonly quarantinePercent: number;
  /** Spending a day in US dollars above which the alarm goes off. */
  readonly spendUsd: number;
  /** The Connect instance that delivers contacts. */
  readonly connectInstanceArn?: string;
  /** Log groups with conversation logs of Lex bots. */
  readonly lexLogGroups: readonly string[];
  /** Whether the voice agent is deployed too. On a local AWS its functions always are. */
  readonly voice: boolean;
  /** Whether functions that run one at a time reserve their concurrency. A new account has too little to reserve. */
  readonly reserve: boolean;
  /** The voice agent's Connect: an instance that there is (`connectInstanceArn`), or one to be made under this alias. */
  readonly connectInstanceAlias?: string;
  /** Country of the telephone number that is claimed for the voice agent; none is claimed without. */
  readonly phoneCountry?: string;
  /** Time zone of the hours in which calls are answered. */
  readonly timeZone: string;
  /** Model of a Bedrock agent, which is made beside the bot if this is set. */
  readonly bedrockAgentModel?: string;
}

/** Reads the context; a value that cannot be used is an error that names it. */
export function configOf(app: App): Config {
  const context = (name: string): unknown => app.node.tryGetContext(name);
  const text = (name: string): string | undefined => {
    const value = context(name);
    return value === undefined || value === '' ? undefined : String(value);
  };
  const flag = (name: string, otherwise: boolean): boolean => {
    const value = text(name) ?? String(otherwise);
    if (value !== 'true' && value !== 'false') throw new Error(`context ${name}: true or false, not "${value}"`);
    return value === 'true';
  };
  const number = (name: string, otherwise: number): number => {
    const value = Number(text(name) ?? otherwise);
    if (!Number.isFinite(value) || value <= 0) throw new Error(`context ${name}: a number above 0`);
    return value;
  };
  const list = (name: string): string[] => {
    const value = context(name);
    if (Array.isArray(value)) return value.map(String);
    return (text(name) ?? '')
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
  };
  const choice = <T extends string>(name: string, otherwise: T, choices: readonly T[]): T => {
    const value = text(name) ?? otherwise;
    const found = choices.find((one) => one === value);
    if (found === undefined) throw new Error(`context ${name}: one of ${choices.join(', ')}, not "${value}"`);
    return found;
  };

  const local = flag('local', false);
  const settings = settingsOf(context('settings'));
  const ownFiles = ownFilesOf(text('ownFiles'));
  checkFiles(settings, ownFiles);
  return {
    name: text('name') ?? 'aftercall',
    local,
    ephemeral: flag('ephemeral', local),
    architecture: choice('arch', local ? 'x86_64' : 'arm64', ['arm64', 'x86_64'] as const),
    assets: choice('assets', 'lambda', ['lambda', 'placeholder'] as const),
    settings,
    settingsParameter: text('settingsParameter'),
    ownFiles,
    streamName: text('streamName') ?? 'aws-dub-genai-events',
    rawDays: number('rawDays', 30),
    archiveDays: text('archiveDays') === undefined ? undefined : number('archiveDays', 0),
    logDays: number('logDays', 30),
    sourceBuckets: list('sourceBuckets'),
    sourceBucketKeys: list('sourceBucketKeys'),
    bedrockModels: list('bedrockModels'),
    bedrockEndpoint: text('bedrockEndpoint'),
    comprehendEndpoint: text('comprehendEndpoint'),
    alarmEmail: text('alarmEmail'),
    publishedWithinSeconds: number('publishedWithinSeconds', 600),
    quarantinePercent: number('quarantinePercent', 5),
    spendUsd: number('spendUsd', 50),
    connectInstanceArn: text('connectInstanceArn'),
    lexLogGroups: list('lexLogGroups'),
    voice: flag('voice', local),
    reserve: flag('reserve', !local),
    connectInstanceAlias: text('connectInstanceAlias'),
    phoneCountry: text('phoneCountry'),
    timeZone: text('timeZone') ?? 'UTC',
    bedrockAgentModel: text('bedrockAgentModel'),
  };
}

/** `settings` is an object in `cdk.json`, or its JSON on the command line. */
function settingsOf(value: unknown): Record<string, string> {
  if (value === undefined || value === '') return {};
  let settings: unknown;
  try {
    settings = typeof value === 'string' ? JSON.parse(value) : value;
  } catch {
    throw new Error('context settings: not JSON');
  }
  if (settings === null || typeof settings !== 'object' || Array.isArray(settings)) {
    throw new Error('context settings: an object, setting to value');
  }
  return Object.fromEntries(
    Object.entries(settings).map(([name, one]) => [name, typeof one === 'object' ? JSON.stringify(one) : String(one)]),
  );
}

/** The environment variable of a setting: `bedrock.model_id` is `AFTERCALL_BEDROCK__MODEL_ID`. */
export function settingVariable(name: string): string {
  return `AFTERCALL_${name.toUpperCase().replaceAll('.', '__')}`;
}
