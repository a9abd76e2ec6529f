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

/** The digest of the program alone. */
export function codeHash(folder: string): string {
  return createHash('sha256').update(fs.readFileSync(path.join(folder, 'bootstrap'))).digest('hex');
}

export function codeOf(name: string, config: Config): lambda.Code {
  const folder = folderOf(name, config);
  return lambda.Code.fromAsset(folder, {
    exclude: ['*', '!bootstrap'],
    assetHashType: AssetHashType.CUSTOM,
    assetHash: codeHash(folder),
  });
}
