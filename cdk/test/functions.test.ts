// Functions: runtime, environment, and that an unchanged program changes no function.

import { App } from 'aws-cdk-lib';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';

import { codeHash } from '../lib/code';
import { configOf, settingVariable } from '../lib/config';
import { deploy, everywhere, functionOf, LOCAL, PLAIN, WHOLE } from './deployment';

const whole = deploy(WHOLE);
const ours = (deployment: typeof whole) =>
  everywhere(deployment, 'AWS::Lambda::Function').filter(([, lambda]) =>
    String(lambda.Properties.FunctionName).startsWith('aftercall-'),
  );

describe('functions', () => {
  it('run on Amazon Linux 2023, on arm64, traced, with logs of their own', () => {
    expect(ours(whole)).toHaveLength(21);
    for (const [id, { Properties }] of ours(whole)) {
      expect(Properties.Runtime, id).toBe('provided.al2023');
      expect(Properties.Architectures, id).toEqual(['arm64']);
      expect(Properties.TracingConfig, id).toEqual({ Mode: 'Active' });
      expect(Properties.LoggingConfig.LogFormat, id).toBe('JSON');
      expect(Properties.LoggingConfig.LogGroup.Ref, id).toBeDefined();
      expect(Properties.Description, id).toBeTruthy();
    }
  });

  it('run on the architecture that is asked for, and on x86_64 on a local AWS', () => {
    for (const context of [{ ...PLAIN, arch: 'x86_64' }, LOCAL]) {
      for (const [id, { Properties }] of ours(deploy(context)))
        expect(Properties.Architectures, id).toEqual(['x86_64']);
    }
  });

  it('know where everything is', () => {
    const variables = functionOf(whole, 'Pipeline', 'routing')[1].Properties.Environment.Variables;
    expect(
      Object.keys(variables)
        .filter((name) => name.startsWith('AFTERCALL_'))
        .sort(),
    ).toEqual([
      'AFTERCALL_ANALYSIS_BUCKET',
      'AFTERCALL_BEDROCK__DAILY_BUDGET_USD',
      'AFTERCALL_BEDROCK__GUARDRAIL_ID',
      'AFTERCALL_BEDROCK__MODEL_ID',
      'AFTERCALL_CONTACTS_TABLE',
      'AFTERCALL_EVENT_BUS',
      'AFTERCALL_HMAC_SECRET',
      'AFTERCALL_INDEX_TABLE',
      'AFTERCALL_INSIGHTS_STREAM',
      'AFTERCALL_OUTBOUND__FLAGS',
      'AFTERCALL_RAW_BUCKET',
      'AFTERCALL_RAW_DAYS',
      'AFTERCALL_RESULTS_TABLE',
      'AFTERCALL_SEGMENTS_TABLE',
      'AFTERCALL_SENTIMENT__PROVIDER',
    ]);
    expect(variables.AFTERCALL_BEDROCK__MODEL_ID).toBe('eu.amazon.nova-lite-v1:0');
    const dump = functionOf(whole, 'Warehouse', 'analytics-dump')[1].Properties.Environment.Variables;
    expect(dump.AFTERCALL_WAREHOUSE_BUCKET.Ref).toMatch(/^Warehouse/);
  });

  it('that put dead letters back know every queue', () => {
    const value = functionOf(whole, 'Pipeline', 'redrive')[1].Properties.Environment.Variables
      .AFTERCALL_DEAD_LETTER_QUEUES;
    const text = (value['Fn::Join'][1] as unknown[])
      .map((part) => (typeof part === 'string' ? part : JSON.stringify(part).replaceAll('"', "'")))
      .join('');
    const queues = JSON.parse(text) as Record<string, { dead_letters: string; queue: string }>;
    expect(Object.keys(queues).sort()).toEqual([
      'agent-summary',
      'backfill',
      'customer-summary',
      'first-response',
      'import',
      'sentiment',
    ]);
    expect(queues.import?.dead_letters).toContain('ImportDeadLetters');
    expect(queues.import?.queue).toContain('ImportQueue');
  });

  it('speak to stand-ins of models on a local AWS only', () => {
    const endpoints = { bedrockEndpoint: 'http://localhost:9001', comprehendEndpoint: 'http://localhost:9002' };
    const at = (context: object) =>
      functionOf(deploy({ ...context, ...endpoints }), 'Pipeline', 'sentiment')[1].Properties.Environment.Variables;
    expect(at(LOCAL).AWS_ENDPOINT_URL_COMPREHEND).toBe('http://localhost:9002');
    expect(at(LOCAL).AWS_ENDPOINT_URL_BEDROCK_RUNTIME).toBe('http://localhost:9001');
    expect(at(PLAIN).AWS_ENDPOINT_URL_COMPREHEND).toBeUndefined();
  });
});

describe('an unchanged program changes no function', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bootstrap-'));
  const program = path.join(folder, 'bootstrap');

  it('whatever its time stamp and its neighbours', () => {
    fs.writeFileSync(program, 'the same bytes');
    const before = codeHash(folder);
    fs.utimesSync(program, new Date(0), new Date(0));
    fs.writeFileSync(path.join(folder, 'bootstrap.d'), 'a neighbour');
    expect(codeHash(folder)).toBe(before);
    fs.writeFileSync(program, 'other bytes');
    expect(codeHash(folder)).not.toBe(before);
  });

  it('in the template', () => {
    const keys = new Set(ours(deploy(PLAIN)).map(([, { Properties }]) => Properties.Code.S3Key));
    const again = new Set(ours(deploy({ ...PLAIN, logDays: '14' })).map(([, { Properties }]) => Properties.Code.S3Key));
    expect([...again]).toEqual([...keys]);
    expect(keys.size, 'one placeholder, one asset').toBe(1);
  });
});

describe('settings', () => {
  const config = (context: Record<string, unknown>) => configOf(new App({ context }));

  it('become variables', () => {
    expect(settingVariable('bedrock.model_id')).toBe('AFTERCALL_BEDROCK__MODEL_ID');
    expect(config({ settings: '{"time_zone":"Europe/Dublin","ready.after_record_seconds":30}' }).settings).toEqual({
      time_zone: 'Europe/Dublin',
      'ready.after_record_seconds': '30',
    });
  });

  it.each([
    [{ settings: '[1]' }, /settings: an object/],
    [{ settings: '{' }, /settings: not JSON/],
    [{ local: 'yes' }, /local: true or false/],
    [{ arch: 'mips' }, /arch: one of arm64, x86_64/],
    [{ rawDays: '-1' }, /rawDays: a number above 0/],
    [{ archiveDays: '0' }, /archiveDays: a number above 0/],
  ])('that cannot be used are an error that names them: %o', (context, message) => {
    expect(() => config(context)).toThrow(message);
  });

  it('may come from a parameter, which every function may then read', () => {
    const deployment = deploy({ ...PLAIN, settingsParameter: '/aftercall/settings' });
    for (const [id, { Properties }] of ours(deployment)) {
      expect(Properties.Environment.Variables.AFTERCALL_SETTINGS_PARAMETER, id).toBe('/aftercall/settings');
    }
    for (const [id, policy] of everywhere(deployment, 'AWS::IAM::Policy').filter(
      ([id]) => id.includes('RoleDefaultPolicy') && !id.includes('Schedule'),
    )) {
      expect(JSON.stringify(policy.Properties), id).toContain(':parameter/aftercall/settings');
    }
  });
});
