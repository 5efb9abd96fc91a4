-- +goose Up
-- Apps in use: annotations, what members think of answers, tags on apps, and what the overview counts.

CREATE TABLE annotations (
  id           TEXT NOT NULL PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces(id),
  app_id       TEXT NOT NULL REFERENCES apps(id) ON DELETE CASCADE,
  message_id   TEXT NOT NULL, -- that it was made from; '' for one made by hand. No REFERENCES: it outlives the conversation
  question     TEXT NOT NULL,
  answer       TEXT NOT NULL,
  hits         BIGINT NOT NULL DEFAULT 0,
  model        TEXT NOT NULL DEFAULT '', -- that made the vector: endpoint/name
  vector       BLOB,
  created_by   TEXT NOT NULL,
  created_at   BIGINT NOT NULL,
  updated_at   BIGINT NOT NULL
);
CREATE INDEX annotations_app ON annotations (app_id, created_at);
CREATE INDEX annotations_message ON annotations (message_id) WHERE message_id <> '';

CREATE TABLE annotation_hits (
  id            TEXT NOT NULL PRIMARY KEY,
  app_id        TEXT NOT NULL, -- of the annotation
  annotation_id TEXT NOT NULL REFERENCES annotations(id) ON DELETE CASCADE,
  message_id    TEXT NOT NULL,
  source        TEXT NOT NULL,
  question      TEXT NOT NULL,
  score         REAL NOT NULL,
  way           TEXT NOT NULL,
  created_at    BIGINT NOT NULL
);
CREATE INDEX annotation_hits_list ON annotation_hits (annotation_id, created_at);
CREATE INDEX annotation_hits_app ON annotation_hits (app_id, created_at, source);

CREATE TABLE annotation_replies (
  app_id     TEXT NOT NULL PRIMARY KEY REFERENCES apps(id) ON DELETE CASCADE,
  enabled    INTEGER NOT NULL,
  threshold  REAL NOT NULL,
  embedding  TEXT NOT NULL,
  job        TEXT NOT NULL, -- the change that is, or was last, under way
  updated_at BIGINT NOT NULL
);

CREATE TABLE admin_ratings (
  message_id      TEXT NOT NULL PRIMARY KEY REFERENCES messages(id) ON DELETE CASCADE,
  id              TEXT NOT NULL,
  app_id          TEXT NOT NULL, -- of the message
  conversation_id TEXT NOT NULL,
  rating          TEXT NOT NULL,
  note            TEXT NOT NULL,
  user_id         TEXT NOT NULL,
  created_at      BIGINT NOT NULL,
  updated_at      BIGINT NOT NULL
);
CREATE INDEX admin_ratings_app ON admin_ratings (app_id, updated_at);
CREATE INDEX admin_ratings_conversation ON admin_ratings (conversation_id);

-- An app's tags stand in its row too, by name; these rows are to find apps by them.
CREATE TABLE app_tags (
  app_id TEXT NOT NULL REFERENCES apps(id) ON DELETE CASCADE,
  tag_id TEXT NOT NULL REFERENCES tags(id) ON DELETE CASCADE,
  PRIMARY KEY (app_id, tag_id)
);
CREATE INDEX app_tags_tag ON app_tags (tag_id);
INSERT INTO tags (id, workspace_id, name, created_at)
  SELECT lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))),
    n.workspace_id, n.name, 0
  FROM (SELECT DISTINCT a.workspace_id AS workspace_id, j.value AS name FROM apps a, json_each(a.tags) j) n
  WHERE NOT EXISTS (SELECT 1 FROM tags t WHERE t.workspace_id = n.workspace_id AND t.name = n.name);
INSERT INTO app_tags (app_id, tag_id)
  SELECT DISTINCT a.id, t.id FROM apps a, json_each(a.tags) j JOIN tags t ON t.workspace_id = a.workspace_id AND t.name = j.value;

-- What the overview adds up. The index holds all of it, so that a year of a busy app is counted without reading its rows.
ALTER TABLE runs ADD COLUMN prompt_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN completion_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN speaking_ms BIGINT NOT NULL DEFAULT 0; -- in which models wrote
UPDATE runs SET prompt_tokens = coalesce(json_extract(usage, '$.prompt_tokens'), 0), completion_tokens = coalesce(json_extract(usage, '$.completion_tokens'), 0),
  speaking_ms = CAST(max(coalesce(json_extract(usage, '$.latency'), 0) - coalesce(json_extract(usage, '$.time_to_first_token'), 0), 0) * 1000 AS INTEGER);
CREATE INDEX runs_overview ON runs (app_id, started_at, source, status, end_user_id, finished_at, prompt_tokens, completion_tokens, speaking_ms);
CREATE INDEX messages_overview ON messages (app_id, created_at, source, conversation_id);

CREATE TABLE run_models (
  run_id            TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  model             TEXT NOT NULL,
  app_id            TEXT NOT NULL, -- of the run, as the next two
  source            TEXT NOT NULL,
  started_at        BIGINT NOT NULL,
  calls             INTEGER NOT NULL,
  prompt_tokens     INTEGER NOT NULL,
  completion_tokens INTEGER NOT NULL,
  PRIMARY KEY (run_id, model)
);
CREATE INDEX run_models_app ON run_models (app_id, started_at, source, model, calls, prompt_tokens, completion_tokens);
