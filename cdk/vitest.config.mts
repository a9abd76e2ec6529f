// Tests of the templates. They need no AWS, no emulator and no Rust build.

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 120_000,
    // One process for all files: loading CDK takes ten times as long as the tests, and deployments are shared.
    isolate: false,
    maxWorkers: 1,
    fileParallelism: false,
  },
});
