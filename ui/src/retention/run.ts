// A run of the retention policies, as the server describes it.
import type { components } from "../api/schema";

export type Run = components["schemas"]["Run"];

export const isDry = (run: Run): boolean => run.policies.some((one) => one.dry_run);
