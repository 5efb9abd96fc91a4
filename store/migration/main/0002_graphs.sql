-- +goose Up
-- What graphs need beyond a chat: runs with inputs and outputs, a journal from which they go on, forms, variables of conversations, triggers.

ALTER TABLE runs ADD COLUMN exceptions INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN inputs TEXT;
ALTER TABLE runs ADD COLUMN outputs TEXT;
ALTER TABLE messages ADD COLUMN extra TEXT; -- what an answer rests on and how it came about

-- The journal of a run that has not ended. What an entry says is the engine's affair.
CREATE TABLE run_steps (
  run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  seq    BIGINT NOT NULL,
  data   TEXT NOT NULL,
  PRIMARY KEY (run_id, seq)
);

-- What else such a run needs to go on.
CREATE TABLE run_states (
  run_id TEXT NOT NULL PRIMARY KEY REFERENCES runs(id) ON DELETE CASCADE,
  data   TEXT NOT NULL
);

CREATE TABLE forms (
  id           TEXT NOT NULL PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces(id),
  run_id       TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  app_id       TEXT NOT NULL, -- of the run; no REFERENCES, because the run goes with its app
  path         TEXT NOT NULL,
  node_id      TEXT NOT NULL,
  title        TEXT NOT NULL,
  token        TEXT NOT NULL UNIQUE,
  content      TEXT NOT NULL,
  fields       TEXT NOT NULL,
  actions      TEXT NOT NULL,
  status       TEXT NOT NULL,
  action_id    TEXT NOT NULL DEFAULT '',
  answers      TEXT,
  expires_at   BIGINT NOT NULL,
  created_at   BIGINT NOT NULL,
  done_at      BIGINT,
  UNIQUE (run_id, path)
);
CREATE INDEX forms_due ON forms (expires_at) WHERE status = 'waiting';

CREATE TABLE conversation_variables (
  conversation_id TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
  id              TEXT NOT NULL,
  name            TEXT NOT NULL,
  value_type      TEXT NOT NULL,
  value           TEXT NOT NULL,
  created_at      BIGINT NOT NULL,
  updated_at      BIGINT NOT NULL,
  PRIMARY KEY (conversation_id, id)
);

CREATE TABLE webhooks (
  workspace_id TEXT NOT NULL REFERENCES workspaces(id),
  app_id       TEXT NOT NULL REFERENCES apps(id) ON DELETE CASCADE,
  node_id      TEXT NOT NULL,
  token        TEXT NOT NULL UNIQUE,
  debug_token  TEXT NOT NULL UNIQUE,
  created_at   BIGINT NOT NULL,
  PRIMARY KEY (app_id, node_id)
);

CREATE TABLE app_schedules (
  workspace_id TEXT NOT NULL REFERENCES workspaces(id),
  app_id       TEXT NOT NULL REFERENCES apps(id) ON DELETE CASCADE,
  node_id      TEXT NOT NULL,
  cron         TEXT NOT NULL,
  timezone     TEXT NOT NULL,
  next_at      BIGINT NOT NULL,
  off          INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (app_id, node_id)
);
CREATE INDEX app_schedules_due ON app_schedules (next_at) WHERE off = 0;
