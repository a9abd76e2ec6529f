// The program of a function as an asset, with the files that it reads. The hash is that of their bytes alone, so that a build
// that made the same program changes no function, whatever its time stamps and neighbours.

import { Annotations, AssetHashType, DockerImage, ILocalBundling } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';

import { Config } from './config';
import { OwnFiles, READS_OWN_FILES } from './own-files';

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

/** The digest of the program, and of the names and bytes of the files beside it. */
export function codeHash(folder: string, files?: OwnFiles): string {
  const hash = createHash('sha256').update(fs.readFileSync(path.join(folder, 'bootstrap')));
  if (files === undefined) return hash.digest('hex');
  for (const name of files.names) {
    const content = fs.readFileSync(path.join(files.folder, name));
    hash.update(`\0${name}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

export function codeOf(scope: Construct, name: string, config: Config): lambda.Code {
  const folder = folderOf(scope, name, config);
  const files = READS_OWN_FILES.includes(name) ? config.ownFiles : undefined;
  const asset = { assetHashType: AssetHashType.CUSTOM, assetHash: codeHash(folder, files) };
  if (files === undefined) return lambda.Code.fromAsset(folder, { ...asset, exclude: ['*', '!bootstrap'] });
  // CDK asks for an image, which nobody runs: the files are copied here.
  return lambda.Code.fromAsset(folder, {
    ...asset,
    bundling: { image: DockerImage.fromRegistry('none'), local: copying(folder, files) },
  });
}

/** Puts the program and the files into one folder, with modes that do not depend on the machine. */
function copying(folder: string, files: OwnFiles): ILocalBundling {
  const copy = (from: string, to: string, mode: number): void => {
    fs.copyFileSync(from, to);
    fs.chmodSync(to, mode);
  };
  return {
    tryBundle: (output) => {
      copy(path.join(folder, 'bootstrap'), path.join(output, 'bootstrap'), 0o755);
      for (const name of files.names) copy(path.join(files.folder, name), path.join(output, name), 0o644);
      return true;
    },
  };
}
