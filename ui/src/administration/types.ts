// What the endpoints for applications and retention answer.

export interface Application {
  name: string;
  app_key: string;
  active: boolean;
  created_at: string;
  updated_at: string | null;
}

/** The only answer that ever has the token. */
export interface ApplicationWithToken extends Application {
  api_token: string;
}

export interface Policy {
  name: string;
  app_key?: string | null;
  app_id?: string | null;
  level?: string | null;
  category?: string | null;
  message_regex?: string | null;
  message_glob?: string | null;
  older_than_days?: number | null;
}

export interface PolicyRun {
  policy: string;
  pruned: number;
  dry_run: boolean;
  duration_ms: number;
  summary: string;
  cutoff_date?: string | null;
  warnings?: string[] | null;
  error?: string | null;
}

export interface Run {
  ran_at: string;
  policies: PolicyRun[];
  total_pruned: number;
}

export interface RunLog {
  runs: Run[];
}
