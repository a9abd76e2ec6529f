// What the template and the programs have agreed on: names of stages, of programs, of variables. Read off the programs' own
// sources, because a word spelt differently on the two sides is a deployment that is silent.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';

import { FILE_SETTINGS, READS_OWN_FILES } from '../lib/own-files';
import { QUEUED_STAGES } from '../lib/pipeline-functions';
import { deploy, everywhere, functionOf, one, WHOLE } from './deployment';
import { WIRES } from './wires';

const ROOT = path.join(__dirname, '..', '..');
const FUNCTIONS = path.join(ROOT, 'functions');

function files(folder: string, ending: string): string[] {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => path.join(folder, file));
}

describe('stages', () => {
  it('of the schema are those that the rules send to some queue, each to one', () => {
    const schema = JSON.parse(
      fs.readFileSync(path.join(ROOT, 'schemas', 'generated', 'json-schema', 'contact-routed.json'), 'utf8'),
    );
    const stages = schema.$defs.Stage.oneOf.map((one: { const: string }) => one.const) as string[];
    expect(Object.values(QUEUED_STAGES).flat().sort()).toEqual(stages.sort());
  });
});

describe('programs', () => {
  it('that are written are all deployed', () => {
    const written = files(FUNCTIONS, '.rs')
      .filter((file) => path.basename(path.dirname(file)) === 'bin')
      .map((file) => path.basename(file, '.rs'));
    const deployed = WIRES.map((wire) => wire.program);
    expect(written.filter((program) => !deployed.includes(program))).toEqual([]);
  });
});

describe('files of one’s own', () => {
  it('are what the settings take for paths', () => {
    const load = fs.readFileSync(path.join(ROOT, 'pipeline', 'settings', 'src', 'load.rs'), 'utf8');
    const paths = [...load.matchAll(/read\.path\("([a-z_.]+)"\)/g)].map(([, name]) => name);
    expect(paths.sort()).toEqual([...FILE_SETTINGS].sort());
  });

  it('are packed for the programs that read them', () => {
    const readers = files(FUNCTIONS, '.rs')
      .filter((file) => path.basename(path.dirname(file)) === 'bin')
      .filter((file) => /\brun_stages\(|\bstage_settings\(|\.summarize\(/.test(fs.readFileSync(file, 'utf8')))
      .map((file) => path.basename(file, '.rs'));
    expect(readers.sort()).toEqual([...READS_OWN_FILES].sort());
  });
});

describe('variables', () => {
  const given = new Set(
    everywhere(deploy({ ...WHOLE, settingsParameter: '/aftercall/settings' }), 'AWS::Lambda::Function').flatMap(
      ([, lambda]) => Object.keys(lambda.Properties.Environment?.Variables ?? {}),
    ),
  );

  it('that programs read are given', () => {
    const read = new Set(
      files(FUNCTIONS, '.rs')
        .flatMap((file) => fs.readFileSync(file, 'utf8').match(/"AFTERCALL_[A-Z_]+"/g) ?? [])
        .map((name) => name.slice(1, -1))
        // Settings, whose names have two underscores, are given where somebody sets them.
        .filter((name) => !name.includes('__')),
    );
    expect([...read].filter((name) => !given.has(name))).toEqual([]);
  });

  it('of docs/aws.md are given', () => {
    const text = fs.readFileSync(path.join(ROOT, 'docs', 'aws.md'), 'utf8');
    const named = new Set(
      text
        .split('\n')
        .filter((line) => line.startsWith('| `AFTERCALL_'))
        .flatMap((line) => line.split('|')[1]?.match(/AFTERCALL_[A-Z_]+/g) ?? []),
    );
    expect(named.size).toBeGreaterThan(9);
    expect([...named].filter((name) => !given.has(name))).toEqual([]);
  });
});

describe('numbers', () => {
  const whole = deploy(WHOLE);
  const written = (file: string, pattern: RegExp): number => {
    const found = pattern.exec(fs.readFileSync(path.join(ROOT, file), 'utf8'));
    expect(found, `${file} has ${pattern}`).not.toBeNull();
    return Number(found?.[1]);
  };
  const timeout = (stack: string, program: string): number =>
    functionOf(whole, stack, program)[1].Properties.Timeout as number;

  it('of receives are the same where a job is worked on and where it is queued', () => {
    const [, queue] = one(whole, 'VoiceAnswers', 'AWS::SQS::Queue', 'AnswerWorkerQueue');
    const most = written('pipeline/voice/src/handle/long_answer.rs', /MOST_RECEIVES: u32 = (\d+);/);
    expect(queue.Properties.RedrivePolicy.maxReceiveCount).toBe(most);
  });

  it('of seconds are the same where a model is waited for and where the function is ended', () => {
    const longest = written(
      'functions/pipeline/src/stage_function.rs',
      /TIME_OUT: Duration = Duration::from_secs\((\d+)\);/,
    );
    const stages = Object.keys(QUEUED_STAGES).map((program) => timeout('Pipeline', program));
    expect(Math.max(...stages)).toBe(longest);
  });

  it('of seconds leave a worker the time to keep its answer', () => {
    const longest = written(
      'functions/voice/src/bin/answer-worker.rs',
      /LONGEST: Duration = Duration::from_secs\((\d+)\);/,
    );
    expect(longest).toBeLessThan(timeout('VoiceAnswers', 'answer-worker'));
  });

  it('of seconds leave a batch the time to begin most of its items', () => {
    const margin = written(
      'pipeline/stages/src/handle/deadline.rs',
      /MARGIN: Duration = Duration::from_secs\((\d+)\);/,
    );
    for (const { program, stack, from } of WIRES) {
      if (typeof from === 'string' || program === 'earlier-calls') continue;
      expect(timeout(stack, program), program).toBeGreaterThanOrEqual(2 * margin);
    }
  });
});

describe('tables, buckets and prefixes', () => {
  it('of docs/aws.md are those that functions may touch', () => {
    const text = fs.readFileSync(path.join(ROOT, 'docs', 'aws.md'), 'utf8');
    const policies = JSON.stringify(
      everywhere(deploy(WHOLE), 'AWS::IAM::Policy').map(([, policy]) => policy.Properties),
    );
    for (const prefix of [
      'incoming/',
      'inputs/',
      'quarantine/',
      'aws/lambda/',
      'archive/',
      'conversations/',
      'analyses/',
      'results/',
      'exchanges/',
      'warehouse/',
    ]) {
      expect(text, prefix).toContain(`\`${prefix}`);
      expect(policies, prefix).toContain(`/${prefix}*`);
    }
  });
});
