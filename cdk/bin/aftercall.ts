// The CDK program: `npx cdk deploy --all` runs it.

import { App } from 'aws-cdk-lib';

import { build } from '../lib/app';

build(new App());
