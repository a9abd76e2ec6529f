// Files of one's own: beside the programs that read them and nowhere else, and a change of one changes these alone.

import { App } from 'aws-cdk-lib';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';

import { configOf } from '../lib/config';
import { FILE_SETTINGS, READS_OWN_FILES } from '../lib/own-files';
import { deploy, Deployment, everywhere, PLAIN } from './deployment';

function folderWith(files: Record<string, string>): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'own-files-'));
  for (const [name, content] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), content);
  return folder;
}

/** The asset of each function, by its program. */
function assets(deployment: Deployment): Record<string, string> {
  return Object.fromEntries(
    everywhere(deployment, 'AWS::Lambda::Function').flatMap(([, { Properties }]) => {
      const name = String(Properties.FunctionName);
      return name.startsWith('aftercall-') ? [[name.slice('aftercall-'.length), String(Properties.Code.S3Key)]] : [];
    }),
  );
}

const changed = (before: Record<string, string>, after: Record<string, string>): string[] =>
  Object.keys(before).filter((program) => before[program] !== after[program]);

const RULES = { 'rules.toml': 'version = "1"', 'entities.csv': 'Text,Type\n' };
const settings = { 'categories.rules': 'rules.toml', 'entities.map': 'entities.csv' };

describe('files of one’s own', () => {
  const folder = folderWith({ ...RULES, '.DS_Store': 'of a file manager' });
  const deployment = deploy({ ...PLAIN, ownFiles: folder, settings });
  const without = assets(deploy(PLAIN));

  it('are in the packages of the programs that read them, and of no other', () => {
    expect(changed(without, assets(deployment)).sort()).toEqual([...READS_OWN_FILES].sort());
  });

  it('lie beside the program, with its right to run', () => {
    const assembly = deployment.app.synth();
    const key = assets(deployment).sentiment?.replace('.zip', '');
    const packed = path.join(assembly.directory, `asset.${key}`);
    expect(fs.readdirSync(packed).sort()).toEqual(['bootstrap', 'entities.csv', 'rules.toml']);
    expect(fs.readFileSync(path.join(packed, 'rules.toml'), 'utf8')).toBe(RULES['rules.toml']);
    expect(fs.statSync(path.join(packed, 'bootstrap')).mode & 0o777).toBe(0o755);
    expect(fs.statSync(path.join(packed, 'rules.toml')).mode & 0o777).toBe(0o644);
  });

  it('are named by the settings as they lie there', () => {
    for (const [, { Properties }] of everywhere(deployment, 'AWS::Lambda::Function')) {
      if (String(Properties.FunctionName).startsWith('aftercall-'))
        expect(Properties.Environment.Variables.AFTERCALL_CATEGORIES__RULES).toBe('rules.toml');
    }
  });

  it('that are the same change no function, whatever their folder and time stamps', () => {
    const again = folderWith(RULES);
    fs.utimesSync(path.join(again, 'rules.toml'), new Date(0), new Date(0));
    expect(assets(deploy({ ...PLAIN, ownFiles: again, settings }))).toEqual(assets(deployment));
  });

  it.each([
    ['another rule', { ...RULES, 'rules.toml': 'version = "2"' }],
    ['another name', { 'rules.toml': RULES['rules.toml'], 'entities.csv': RULES['entities.csv'], 'more.txt': '' }],
    ['bytes that moved from one file to the next', { 'rules.toml': 'version = "1"T', 'entities.csv': 'ext,Type\n' }],
  ])('change the functions that read them, and no other: %s', (_, files) => {
    const other = assets(deploy({ ...PLAIN, ownFiles: folderWith(files), settings }));
    expect(changed(assets(deployment), other).sort()).toEqual([...READS_OWN_FILES].sort());
  });
});

describe('an error at synthesis', () => {
  const config = (context: Record<string, unknown>) => configOf(new App({ context }));
  const folder = folderWith(RULES);

  it.each(FILE_SETTINGS)('names the setting %s whose file is not there', (setting) => {
    expect(() => config({ settings: { [setting]: 'rules.toml' } })).toThrow(
      new RegExp(`setting ${setting}: "rules.toml".*there is no context ownFiles`),
    );
    expect(() => config({ ownFiles: folder, settings: { [setting]: 'other.toml' } })).toThrow(
      new RegExp(`setting ${setting}: "other.toml".*has no such file`),
    );
    // A path of the deployer's machine means nothing in a function.
    expect(() => config({ ownFiles: folder, settings: { [setting]: path.join(folder, 'rules.toml') } })).toThrow(
      setting,
    );
    expect(config({ ownFiles: folder, settings: { [setting]: 'rules.toml' } }).ownFiles?.names).toEqual([
      'entities.csv',
      'rules.toml',
    ]);
    expect(config({ settings: { [setting]: '' } }).ownFiles).toBeUndefined();
  });

  it('names a folder that is not there', () => {
    expect(() => config({ ownFiles: path.join(folder, 'missing') })).toThrow(/ownFiles: no folder .*missing/);
    expect(() => config({ ownFiles: path.join(folder, 'rules.toml') })).toThrow(/ownFiles: no folder/);
  });

  it('names what cannot be packed', () => {
    const nested = folderWith({});
    fs.mkdirSync(path.join(nested, 'more'));
    expect(() => config({ ownFiles: nested })).toThrow(/more is no plain file/);
    expect(() => config({ ownFiles: folderWith({ bootstrap: '' }) })).toThrow(/the name of the program/);
    expect(() => config({ ownFiles: folderWith({ 'a b.txt': '' }) })).toThrow(/a b.txt has a name/);
    const many = Object.fromEntries(Array.from({ length: 51 }, (_, number) => [`${number}.txt`, '']));
    expect(() => config({ ownFiles: folderWith(many) })).toThrow(/51 files, at most 50/);
    expect(() => config({ ownFiles: folderWith({ 'long.txt': 'x'.repeat(5 * 1024 * 1024 + 1) }) })).toThrow(/at most/);
  });
});
