// The program of a function as an asset. Its hash is that of the program's bytes alone, so that a build that made the same
// program changes no function, whatever its time stamps and neighbours.

import { AssetHashType } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';

import { Config } from './config';

const PLACEHOLDER = path.join(__dirname, '..', 'placeholder');
const BUILT = path.join(__dirname, '..', '..', 'target', 'lambda');

/** The folder that holds the function's `bootstrap`. */
function folderOf(name: string, config: Config): string {
  if (config.assets === 'placeholder') return PLACEHOLDER;
  const folder = path.join(BUILT, name);
  if (!fs.existsSync(path.join(folder, 'bootstrap'))) {
    throw new Error(
      `${folder}/bootstrap is not there: build the functions (cargo xtask functions --profile deploy), ` +
        'or synthesise without them (-c assets=placeholder)',
    );
  }
  return folder;
}

export function codeOf(name: string, config: Config): lambda.Code {
  const folder = folderOf(name, config);
  const program = fs.readFileSync(path.join(folder, 'bootstrap'));
  return lambda.Code.fromAsset(folder, {
    exclude: ['*', '!bootstrap'],
    assetHashType: AssetHashType.CUSTOM,
    assetHash: createHash('sha256').update(program).digest('hex'),
  });
}
