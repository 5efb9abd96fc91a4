-- +goose Up
-- Knowledge: datasets, documents and what they are cut into, vectors, metadata, and the outbox from which the indexes follow.

CREATE TABLE external_apis (
  id           TEXT NOT NULL PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces(id),
  name         TEXT NOT NULL,
  description  TEXT NOT NULL,
  endpoint     TEXT NOT NULL,
  hint         TEXT NOT NULL,
  sealed       BLOB NOT NULL,
  created_by   TEXT NOT NULL,
  created_at   BIGINT NOT NULL
);

CREATE TABLE datasets (
  id           TEXT NOT NULL PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces(id),
  name         TEXT NOT NULL,
  description  TEXT NOT NULL,
  icon         TEXT NOT NULL,
  icon_color   TEXT NOT NULL,
  permission   TEXT NOT NULL,
  members      TEXT NOT NULL,
  embedding    TEXT NOT NULL,
  search       TEXT NOT NULL,
  chunking     TEXT NOT NULL,
  external     TEXT,
  external_api TEXT REFERENCES external_apis(id), -- of external, so that a used one cannot go
  built_in     INTEGER NOT NULL,
  api_enabled  INTEGER NOT NULL,
  space        BIGINT NOT NULL DEFAULT 0,
  next_space   BIGINT NOT NULL DEFAULT 0,
  outbox_floor BIGINT NOT NULL DEFAULT 0, -- an index that has not seen the changes up to here must be built anew
  created_by   TEXT NOT NULL,
  created_at   BIGINT NOT NULL,
  updated_by   TEXT NOT NULL,
  updated_at   BIGINT NOT NULL,
  UNIQUE (workspace_id, name)
);

-- Sets of vectors, each made by one model.
CREATE TABLE spaces (
  number     BIGINT NOT NULL PRIMARY KEY,
  dataset_id TEXT NOT NULL REFERENCES datasets(id) ON DELETE CASCADE,
  model      TEXT NOT NULL,
  dims       INTEGER NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL
);
CREATE INDEX spaces_dataset ON spaces (dataset_id);

CREATE TABLE documents (
  id           TEXT NOT NULL PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces(id),
  dataset_id   TEXT NOT NULL REFERENCES datasets(id) ON DELETE CASCADE,
  number       BIGINT NOT NULL UNIQUE,
  name         TEXT NOT NULL,
  source       TEXT NOT NULL,
  file_id      TEXT NOT NULL,
  url          TEXT NOT NULL,
  batch        TEXT NOT NULL,
  position     INTEGER NOT NULL,
  chunking     TEXT NOT NULL,
  metadata     TEXT NOT NULL,
  stage        TEXT NOT NULL,
  paused       INTEGER NOT NULL DEFAULT 0,
  error        TEXT,
  wait         TEXT,
  attempts     INTEGER NOT NULL DEFAULT 0,
  total        INTEGER NOT NULL DEFAULT 0,
  done         INTEGER NOT NULL DEFAULT 0,
  enabled      INTEGER NOT NULL DEFAULT 1,
  archived     INTEGER NOT NULL DEFAULT 0,
  chunks       INTEGER NOT NULL DEFAULT 0,
  children     INTEGER NOT NULL DEFAULT 0,
  word_count   BIGINT NOT NULL DEFAULT 0,
  tokens       BIGINT NOT NULL DEFAULT 0,
  pages        INTEGER NOT NULL DEFAULT 0,
  hits         BIGINT NOT NULL DEFAULT 0,
  size         BIGINT NOT NULL DEFAULT 0,
  created_by   TEXT NOT NULL,
  created_from TEXT NOT NULL,
  created_at   BIGINT NOT NULL,
  updated_at   BIGINT NOT NULL,
  started_at   BIGINT,
  parsed_at    BIGINT,
  split_at     BIGINT,
  completed_at BIGINT,
  disabled_at  BIGINT,
  disabled_by  TEXT NOT NULL DEFAULT '',
  try_at       BIGINT,
  revision     INTEGER NOT NULL DEFAULT 0,
  first_ord    BIGINT NOT NULL DEFAULT 0,
  next_ord     BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX documents_list ON documents (dataset_id, position);
CREATE INDEX documents_batch ON documents (dataset_id, batch);
CREATE INDEX documents_file ON documents (file_id);
CREATE INDEX documents_queue ON documents (created_at, number) WHERE stage NOT IN ('completed', 'error');

-- What a document's file says, as Markdown with its pages: JSON under zstd.
CREATE TABLE document_texts (
  document_id TEXT NOT NULL PRIMARY KEY REFERENCES documents(id) ON DELETE CASCADE,
  data        BLOB NOT NULL
);

CREATE TABLE chunks (
  id          TEXT NOT NULL PRIMARY KEY,
  dataset_id  TEXT NOT NULL,
  document_id TEXT NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
  number      BIGINT NOT NULL, -- of the document
  ord         BIGINT NOT NULL, -- of its unit, where it has no children
  revision    INTEGER NOT NULL,
  position    INTEGER NOT NULL,
  content     TEXT NOT NULL,
  answer      TEXT NOT NULL,
  heading     TEXT NOT NULL,
  page        INTEGER NOT NULL,
  word_count  INTEGER NOT NULL,
  tokens      INTEGER NOT NULL,
  keywords    TEXT NOT NULL,
  enabled     INTEGER NOT NULL DEFAULT 1,
  disabled_at BIGINT,
  disabled_by TEXT NOT NULL DEFAULT '',
  hits        BIGINT NOT NULL DEFAULT 0,
  edited      INTEGER NOT NULL DEFAULT 0,
  hash        TEXT NOT NULL,
  created_by  TEXT NOT NULL,
  created_at  BIGINT NOT NULL,
  updated_at  BIGINT NOT NULL
);
CREATE INDEX chunks_list ON chunks (document_id, revision, position);

CREATE TABLE children (
  id         TEXT NOT NULL PRIMARY KEY,
  chunk_id   TEXT NOT NULL REFERENCES chunks(id) ON DELETE CASCADE,
  number     BIGINT NOT NULL, -- of the document
  ord        BIGINT NOT NULL,
  position   INTEGER NOT NULL,
  content    TEXT NOT NULL,
  word_count INTEGER NOT NULL,
  edited     INTEGER NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX children_list ON children (chunk_id, position);

-- A unit is what the indexes hold: a chunk, or a child of one. Its key is (number of the document, ordinal).
CREATE TABLE units (
  number   BIGINT NOT NULL,
  ord      BIGINT NOT NULL,
  chunk_id TEXT NOT NULL REFERENCES chunks(id) ON DELETE CASCADE,
  child_id TEXT REFERENCES children(id) ON DELETE CASCADE,
  PRIMARY KEY (number, ord)
);
CREATE INDEX units_chunk ON units (chunk_id);
CREATE INDEX units_child ON units (child_id);

CREATE TABLE vectors (
  number BIGINT NOT NULL,
  ord    BIGINT NOT NULL,
  space  BIGINT NOT NULL REFERENCES spaces(number) ON DELETE CASCADE,
  data   BLOB NOT NULL, -- float32, little endian
  PRIMARY KEY (number, ord, space),
  FOREIGN KEY (number, ord) REFERENCES units(number, ord) ON DELETE CASCADE
);
CREATE INDEX vectors_space ON vectors (space);

-- What the indexes have to look at again: the units from first to below next of one document.
CREATE TABLE outbox (
  seq        BIGINT NOT NULL PRIMARY KEY,
  dataset_id TEXT NOT NULL REFERENCES datasets(id) ON DELETE CASCADE,
  number     BIGINT NOT NULL,
  first      BIGINT NOT NULL,
  next       BIGINT NOT NULL
);
CREATE INDEX outbox_dataset ON outbox (dataset_id, seq);

-- Numbers that are never given twice.
CREATE TABLE counters (
  name  TEXT NOT NULL PRIMARY KEY,
  value BIGINT NOT NULL
);

CREATE TABLE metadata_fields (
  id         TEXT NOT NULL PRIMARY KEY,
  dataset_id TEXT NOT NULL REFERENCES datasets(id) ON DELETE CASCADE,
  name       TEXT NOT NULL,
  type       TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (dataset_id, name)
);

CREATE TABLE tags (
  id           TEXT NOT NULL PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces(id),
  name         TEXT NOT NULL,
  created_at   BIGINT NOT NULL,
  UNIQUE (workspace_id, name)
);
CREATE TABLE dataset_tags (
  dataset_id TEXT NOT NULL REFERENCES datasets(id) ON DELETE CASCADE,
  tag_id     TEXT NOT NULL REFERENCES tags(id) ON DELETE CASCADE,
  PRIMARY KEY (dataset_id, tag_id)
);
CREATE INDEX dataset_tags_tag ON dataset_tags (tag_id);

CREATE TABLE dataset_keys (
  id           TEXT NOT NULL PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces(id),
  token_hash   BLOB NOT NULL UNIQUE,
  hint         TEXT NOT NULL,
  created_by   TEXT NOT NULL,
  created_at   BIGINT NOT NULL,
  last_used_at BIGINT
);

-- Searches that were done.
CREATE TABLE asked (
  id           TEXT NOT NULL PRIMARY KEY,
  dataset_id   TEXT NOT NULL REFERENCES datasets(id) ON DELETE CASCADE,
  query        TEXT NOT NULL,
  source       TEXT NOT NULL,
  app_id       TEXT NOT NULL,
  user_id      TEXT NOT NULL,
  found        INTEGER NOT NULL,
  best         REAL NOT NULL,
  millis       REAL NOT NULL,
  created_at   BIGINT NOT NULL
);
CREATE INDEX asked_list ON asked (dataset_id, created_at);
