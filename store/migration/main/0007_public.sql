-- +goose Up
-- People who use published web apps: accounts of their own, and what they keep there. A guest belongs to the workspace and is let in
-- to single apps, so that one password opens all that somebody may use.

CREATE TABLE guests (
  id            TEXT NOT NULL PRIMARY KEY,
  workspace_id  TEXT NOT NULL REFERENCES workspaces(id),
  login         TEXT NOT NULL,
  name          TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  disabled      INTEGER NOT NULL DEFAULT 0,
  created_by    TEXT NOT NULL,
  created_at    BIGINT NOT NULL,
  last_seen_at  BIGINT,
  UNIQUE (workspace_id, login)
);

CREATE TABLE guest_apps (
  app_id     TEXT NOT NULL REFERENCES apps(id) ON DELETE CASCADE,
  guest_id   TEXT NOT NULL REFERENCES guests(id) ON DELETE CASCADE,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (app_id, guest_id)
);
CREATE INDEX guest_apps_guest ON guest_apps (guest_id);

CREATE TABLE guest_sessions (
  id         TEXT NOT NULL PRIMARY KEY,
  token_hash BLOB NOT NULL UNIQUE,
  app_id     TEXT NOT NULL REFERENCES apps(id) ON DELETE CASCADE,
  guest_id   TEXT NOT NULL REFERENCES guests(id) ON DELETE CASCADE,
  address    TEXT NOT NULL,
  agent      TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX guest_sessions_guest ON guest_sessions (guest_id, app_id);

-- Invitations to an app, some for several people, and links with which one guest chooses a password.
CREATE TABLE guest_links (
  id           TEXT NOT NULL PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces(id),
  app_id       TEXT NOT NULL REFERENCES apps(id) ON DELETE CASCADE,
  guest_id     TEXT REFERENCES guests(id) ON DELETE CASCADE, -- whose password it sets; of an invitation: nobody's
  token_hash   BLOB NOT NULL UNIQUE,
  hint         TEXT NOT NULL,
  note         TEXT NOT NULL,
  uses         INTEGER NOT NULL,
  used         INTEGER NOT NULL DEFAULT 0,
  created_by   TEXT NOT NULL,
  created_at   BIGINT NOT NULL,
  expires_at   BIGINT NOT NULL
);
CREATE INDEX guest_links_app ON guest_links (app_id, created_at);
CREATE INDEX guest_links_guest ON guest_links (guest_id) WHERE guest_id IS NOT NULL;

-- A batch is one app run for every row of a file.
CREATE TABLE batches (
  id           TEXT NOT NULL PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces(id),
  app_id       TEXT NOT NULL REFERENCES apps(id) ON DELETE CASCADE,
  end_user_id  TEXT NOT NULL,
  person       TEXT NOT NULL, -- the end user's name behind source
  source       TEXT NOT NULL,
  version_id   TEXT NOT NULL,
  language     TEXT NOT NULL,
  name         TEXT NOT NULL,
  columns      TEXT NOT NULL,
  status       TEXT NOT NULL,
  error        TEXT,
  parallel     INTEGER NOT NULL,
  created_at   BIGINT NOT NULL,
  updated_at   BIGINT NOT NULL,
  finished_at  BIGINT
);
CREATE INDEX batches_list ON batches (app_id, created_at);
CREATE INDEX batches_live ON batches (status) WHERE status = 'running';

CREATE TABLE batch_rows (
  batch_id    TEXT NOT NULL REFERENCES batches(id) ON DELETE CASCADE,
  number      INTEGER NOT NULL,
  inputs      TEXT NOT NULL,
  status      TEXT NOT NULL,
  tries       INTEGER NOT NULL DEFAULT 0,
  run_id      TEXT NOT NULL DEFAULT '',
  message_id  TEXT NOT NULL DEFAULT '',
  outputs     TEXT,
  error       TEXT,
  started_at  BIGINT,
  finished_at BIGINT,
  PRIMARY KEY (batch_id, number)
);
CREATE INDEX batch_rows_state ON batch_rows (batch_id, status, number);

-- Results that a person keeps, and those that can be read behind a link. A result is a message or a run.
CREATE TABLE kept_results (
  app_id      TEXT NOT NULL REFERENCES apps(id) ON DELETE CASCADE,
  end_user_id TEXT NOT NULL,
  result_id   TEXT NOT NULL,
  kept_at     BIGINT NOT NULL,
  PRIMARY KEY (app_id, end_user_id, result_id)
);

CREATE TABLE shared_results (
  token       TEXT NOT NULL PRIMARY KEY,
  app_id      TEXT NOT NULL REFERENCES apps(id) ON DELETE CASCADE,
  end_user_id TEXT NOT NULL,
  result_id   TEXT NOT NULL UNIQUE,
  created_at  BIGINT NOT NULL
);
