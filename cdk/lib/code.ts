// The program of a function as an asset. Its hash is that of the program's bytes alone, so that a build that made the same
// program changes no function, whatever its time stamps and neighbours.

import { Annotations, AssetHashType } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';

import { Config } from './config';

const PLACEHOLDER = path.join(__dirname, '..', 'placeholder');
const BUILT = path.join(__dirname, '..', '..', 'target', 'lambda');

/** The folder that holds the function's `bootstrap`. */
function folderOf(scope: Construct, name: string, config: Config): string {
  if (config.assets === 'placeholder') return PLACEHOLDER;
  const folder = path.join(BUILT, name);
  if (fs.existsSync(path.join(folder, 'bootstrap'))) return folder;
  const build = config.local ? 'cargo xtask functions local' : 'cargo xtask functions';
  const message = `${folder}/bootstrap is not there: build the functions (${build})`;
  // On a local AWS one may look at some of the functions only.
  if (config.local && fs.existsSync(BUILT) && fs.readdirSync(BUILT).length > 0) {
    Annotations.of(scope).addWarningV2(
      `aftercall:no-program-${name}`,
      `${message}; a stand-in that fails takes its place`,
    );
    return PLACEHOLDER;
  }
  throw new Error(`${message}, or synthesise without them (-c assets=placeholder)`);
}

/** The digest of the program alone. */
export function codeHash(folder: string): string {
  return createHash('sha256')
    .update(fs.readFileSync(path.join(folder, 'bootstrap')))
    .digest('hex');
}

export function codeOf(scope: Construct, name: string, config: Config): lambda.Code {
  const folder = folderOf(scope, name, config);
  return lambda.Code.fromAsset(folder, {
    exclude: ['*', '!bootstrap'],
    assetHashType: AssetHashType.CUSTOM,
    assetHash: codeHash(folder),
  });
}
