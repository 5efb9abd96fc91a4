-- +goose Up
-- Traces and logs: bounded by age and size, never the truth. Losing this file loses no conversation.

CREATE TABLE node_runs (
  id           TEXT NOT NULL PRIMARY KEY,
  workspace_id TEXT NOT NULL,
  run_id       TEXT NOT NULL,
  app_id       TEXT NOT NULL,
  node_id      TEXT NOT NULL,
  type         TEXT NOT NULL,
  title        TEXT NOT NULL,
  idx          INTEGER NOT NULL,
  status       TEXT NOT NULL,
  error        TEXT,
  inputs       TEXT NOT NULL,
  process      TEXT NOT NULL,
  outputs      TEXT NOT NULL,
  usage        TEXT,
  elapsed      REAL NOT NULL,
  started_at   BIGINT NOT NULL
);
CREATE INDEX node_runs_run ON node_runs (run_id, idx);
CREATE INDEX node_runs_age ON node_runs (started_at);
