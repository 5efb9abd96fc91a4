-- +goose Up
-- What a member's tries of a draft left behind: what each node came to, to look at, to change, and to go on from.

ALTER TABLE runs ADD COLUMN from_node TEXT NOT NULL DEFAULT ''; -- a try that went on from there
ALTER TABLE runs ADD COLUMN only_node TEXT NOT NULL DEFAULT ''; -- a try of one node

-- The last execution of each node. The end user is the member in the debug chat of the app.
CREATE TABLE draft_nodes (
  workspace_id TEXT NOT NULL REFERENCES workspaces(id),
  end_user_id  TEXT NOT NULL REFERENCES end_users(id) ON DELETE CASCADE,
  app_id       TEXT NOT NULL REFERENCES apps(id) ON DELETE CASCADE,
  node_id      TEXT NOT NULL,
  run_id       TEXT NOT NULL,
  exec_id      TEXT NOT NULL,
  handle       TEXT NOT NULL,
  failed       INTEGER NOT NULL,
  made_at      BIGINT NOT NULL,
  PRIMARY KEY (end_user_id, node_id)
);

CREATE TABLE draft_variables (
  workspace_id TEXT NOT NULL REFERENCES workspaces(id),
  end_user_id  TEXT NOT NULL REFERENCES end_users(id) ON DELETE CASCADE,
  app_id       TEXT NOT NULL REFERENCES apps(id) ON DELETE CASCADE,
  node_id      TEXT NOT NULL, -- or sys, conversation
  name         TEXT NOT NULL,
  value_type   TEXT NOT NULL,
  size         BIGINT NOT NULL,
  value        TEXT,          -- NULL: it is sealed, or was too large to be kept
  sealed       BLOB,          -- of a value with a secret in it
  original     TEXT,          -- of a value that a person changed: what the node made, in a list of one
  updated_at   BIGINT NOT NULL,
  PRIMARY KEY (end_user_id, node_id, name)
);
