import { defineConfig } from "vitest/config";

export default defineConfig({
  // A test that hangs ends; one on a busy machine, which takes many times as long, does not.
  test: { include: ["src/**/*.test.ts"], environment: "node", testTimeout: 60_000 },
});
