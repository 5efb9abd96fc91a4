-- What the migrations add up to. Written by `go test ./store -update`; read it, do not run it.

-- islet.db

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
CREATE INDEX annotation_hits_app ON annotation_hits (app_id, created_at, source);
CREATE INDEX annotation_hits_list ON annotation_hits (annotation_id, created_at);
CREATE TABLE annotation_replies (
  app_id     TEXT NOT NULL PRIMARY KEY REFERENCES apps(id) ON DELETE CASCADE,
  enabled    INTEGER NOT NULL,
  threshold  REAL NOT NULL,
  embedding  TEXT NOT NULL,
  job        TEXT NOT NULL, -- the change that is, or was last, under way
  updated_at BIGINT NOT NULL
);
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
CREATE TABLE app_tags (
  app_id TEXT NOT NULL REFERENCES apps(id) ON DELETE CASCADE,
  tag_id TEXT NOT NULL REFERENCES tags(id) ON DELETE CASCADE,
  PRIMARY KEY (app_id, tag_id)
);
CREATE INDEX app_tags_tag ON app_tags (tag_id);
CREATE TABLE apps (
  id           TEXT NOT NULL PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces(id),
  mode         TEXT NOT NULL,
  name         TEXT NOT NULL,
  description  TEXT NOT NULL,
  icon         TEXT NOT NULL,
  icon_color   TEXT NOT NULL,
  tags         TEXT NOT NULL,
  draft        TEXT NOT NULL,
  draft_rev    BIGINT NOT NULL,
  published_id TEXT NOT NULL DEFAULT '',
  site_code    TEXT NOT NULL UNIQUE,
  site_enabled INTEGER NOT NULL,
  site         TEXT NOT NULL,
  api_enabled  INTEGER NOT NULL,
  created_by   TEXT NOT NULL,
  created_at   BIGINT NOT NULL,
  updated_at   BIGINT NOT NULL
);
CREATE INDEX apps_list ON apps (workspace_id, updated_at);
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
CREATE TABLE attempts (
  bucket       TEXT NOT NULL PRIMARY KEY,
  failures     INTEGER NOT NULL,
  first_at     BIGINT NOT NULL,
  locked_until BIGINT NOT NULL
);
CREATE TABLE backups (
  id            TEXT NOT NULL PRIMARY KEY,
  name          TEXT NOT NULL,
  origin        TEXT NOT NULL,
  status        TEXT NOT NULL,
  size          BIGINT NOT NULL,
  sha256        TEXT NOT NULL,
  encrypted     INTEGER NOT NULL,
  members       INTEGER NOT NULL,
  row_count     BIGINT NOT NULL,
  seconds       REAL NOT NULL,
  drill_seconds REAL NOT NULL,
  error         TEXT,
  created_at    BIGINT NOT NULL,
  finished_at   BIGINT
);
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
CREATE TABLE conversations (
  id           TEXT NOT NULL PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces(id),
  app_id       TEXT NOT NULL REFERENCES apps(id) ON DELETE CASCADE,
  end_user_id  TEXT NOT NULL, -- of end_users, which go with their app only; no REFERENCES, so that needs no index of its own
  source       TEXT NOT NULL,
  name         TEXT NOT NULL,
  inputs       TEXT NOT NULL,
  opening      TEXT NOT NULL,
  pinned       INTEGER NOT NULL DEFAULT 0,
  created_at   BIGINT NOT NULL,
  updated_at   BIGINT NOT NULL
);
CREATE INDEX conversations_list ON conversations (app_id, end_user_id, updated_at);
CREATE INDEX conversations_log ON conversations (app_id, updated_at);
CREATE TABLE counters (
  name  TEXT NOT NULL PRIMARY KEY,
  value BIGINT NOT NULL
);
CREATE TABLE credentials (
  id             TEXT NOT NULL PRIMARY KEY,
  workspace_id   TEXT NOT NULL REFERENCES workspaces(id),
  endpoint_id    TEXT NOT NULL REFERENCES endpoints(id) ON DELETE CASCADE,
  name           TEXT NOT NULL,
  hint           TEXT NOT NULL,
  sealed         BLOB NOT NULL,
  disabled       INTEGER NOT NULL DEFAULT 0,
  cooldown_until BIGINT,
  created_at     BIGINT NOT NULL,
  UNIQUE (endpoint_id, name)
);
CREATE TABLE dataset_keys (
  id           TEXT NOT NULL PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces(id),
  token_hash   BLOB NOT NULL UNIQUE,
  hint         TEXT NOT NULL,
  created_by   TEXT NOT NULL,
  created_at   BIGINT NOT NULL,
  last_used_at BIGINT
);
CREATE TABLE dataset_tags (
  dataset_id TEXT NOT NULL REFERENCES datasets(id) ON DELETE CASCADE,
  tag_id     TEXT NOT NULL REFERENCES tags(id) ON DELETE CASCADE,
  PRIMARY KEY (dataset_id, tag_id)
);
CREATE INDEX dataset_tags_tag ON dataset_tags (tag_id);
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
CREATE TABLE document_texts (
  document_id TEXT NOT NULL PRIMARY KEY REFERENCES documents(id) ON DELETE CASCADE,
  data        BLOB NOT NULL
);
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
CREATE INDEX documents_batch ON documents (dataset_id, batch);
CREATE INDEX documents_file ON documents (file_id);
CREATE INDEX documents_list ON documents (dataset_id, position);
CREATE INDEX documents_queue ON documents (created_at, number) WHERE stage NOT IN ('completed', 'error');
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
CREATE TABLE end_users (
  id           TEXT NOT NULL PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces(id),
  app_id       TEXT NOT NULL REFERENCES apps(id) ON DELETE CASCADE,
  source       TEXT NOT NULL,
  name         TEXT NOT NULL,
  created_at   BIGINT NOT NULL,
  UNIQUE (app_id, source, name)
);
CREATE TABLE endpoints (
  id           TEXT NOT NULL PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces(id),
  name         TEXT NOT NULL,
  vendor       TEXT NOT NULL,
  protocol     TEXT NOT NULL,
  base_url     TEXT NOT NULL,
  options      TEXT NOT NULL,
  profile      TEXT,
  disabled     INTEGER NOT NULL DEFAULT 0,
  created_at   BIGINT NOT NULL,
  updated_at   BIGINT NOT NULL,
  UNIQUE (workspace_id, name)
);
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
CREATE TABLE files (
  id           TEXT NOT NULL PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces(id),
  app_id       TEXT NOT NULL,
  end_user_id  TEXT NOT NULL,
  user_id      TEXT NOT NULL,
  name         TEXT NOT NULL,
  extension    TEXT NOT NULL,
  mime         TEXT NOT NULL,
  size         BIGINT NOT NULL,
  hash         TEXT NOT NULL,
  created_at   BIGINT NOT NULL
);
CREATE INDEX files_hash ON files (hash);
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
CREATE TABLE guest_apps (
  app_id     TEXT NOT NULL REFERENCES apps(id) ON DELETE CASCADE,
  guest_id   TEXT NOT NULL REFERENCES guests(id) ON DELETE CASCADE,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (app_id, guest_id)
);
CREATE INDEX guest_apps_guest ON guest_apps (guest_id);
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
CREATE TABLE invites (
  id           TEXT NOT NULL PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces(id),
  token_hash   BLOB NOT NULL UNIQUE,
  purpose      TEXT NOT NULL,
  email        TEXT NOT NULL,
  role         TEXT NOT NULL,
  user_id      TEXT REFERENCES users(id) ON DELETE CASCADE,
  created_by   TEXT NOT NULL,
  created_at   BIGINT NOT NULL,
  expires_at   BIGINT NOT NULL,
  used_at      BIGINT
);
CREATE TABLE jobs (
  id          TEXT NOT NULL PRIMARY KEY,
  kind        TEXT NOT NULL,
  payload     BLOB NOT NULL,
  status      TEXT NOT NULL,
  attempts    INTEGER NOT NULL DEFAULT 0,
  run_at      BIGINT NOT NULL,
  lease_until BIGINT,
  error       TEXT NOT NULL DEFAULT '',
  created_at  BIGINT NOT NULL,
  done_at     BIGINT
);
CREATE INDEX jobs_due ON jobs (status, run_at);
CREATE TABLE kept_results (
  app_id      TEXT NOT NULL REFERENCES apps(id) ON DELETE CASCADE,
  end_user_id TEXT NOT NULL,
  result_id   TEXT NOT NULL,
  kept_at     BIGINT NOT NULL,
  PRIMARY KEY (app_id, end_user_id, result_id)
);
CREATE TABLE keys (
  id           TEXT NOT NULL PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces(id),
  app_id       TEXT NOT NULL REFERENCES apps(id) ON DELETE CASCADE,
  token_hash   BLOB NOT NULL UNIQUE,
  hint         TEXT NOT NULL,
  created_by   TEXT NOT NULL,
  created_at   BIGINT NOT NULL,
  last_used_at BIGINT
);
CREATE INDEX keys_app ON keys (app_id);
CREATE TABLE mcp_servers (
  app_id       TEXT NOT NULL PRIMARY KEY REFERENCES apps(id) ON DELETE CASCADE,
  workspace_id TEXT NOT NULL REFERENCES workspaces(id),
  code         TEXT NOT NULL UNIQUE, -- in the address: whoever has it may call the app
  enabled      INTEGER NOT NULL,
  description  TEXT NOT NULL,
  params       TEXT NOT NULL, -- descriptions of the app's inputs, by name
  created_at   BIGINT NOT NULL,
  updated_at   BIGINT NOT NULL
);
CREATE TABLE members (
  workspace_id TEXT NOT NULL REFERENCES workspaces(id),
  user_id      TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  role         TEXT NOT NULL,
  created_at   BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, user_id)
);
CREATE UNIQUE INDEX members_owner ON members (workspace_id) WHERE role = 'owner';
CREATE TABLE messages (
  id                TEXT NOT NULL PRIMARY KEY,
  workspace_id      TEXT NOT NULL REFERENCES workspaces(id),
  app_id            TEXT NOT NULL REFERENCES apps(id) ON DELETE CASCADE,
  conversation_id   TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
  parent_id         TEXT NOT NULL,
  run_id            TEXT NOT NULL,
  end_user_id       TEXT NOT NULL,
  source            TEXT NOT NULL,
  inputs            TEXT NOT NULL,
  query             TEXT NOT NULL,
  answer            TEXT NOT NULL,
  reasoning         TEXT NOT NULL,
  status            TEXT NOT NULL,
  error             TEXT,
  files             TEXT NOT NULL,
  prompt_tokens     INTEGER NOT NULL DEFAULT 0,
  completion_tokens INTEGER NOT NULL DEFAULT 0,
  usage             TEXT NOT NULL,
  rating_id         TEXT NOT NULL DEFAULT '',
  rating            TEXT NOT NULL DEFAULT '',
  rating_note       TEXT NOT NULL DEFAULT '',
  rated_at          BIGINT,
  rating_changed_at BIGINT,
  created_at        BIGINT NOT NULL,
  updated_at        BIGINT NOT NULL
, extra TEXT);
CREATE INDEX messages_overview ON messages (app_id, created_at, source, conversation_id);
CREATE INDEX messages_rated ON messages (app_id, rated_at) WHERE rated_at IS NOT NULL;
CREATE INDEX messages_thread ON messages (conversation_id, created_at);
CREATE TABLE meta (
  key   TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
);
CREATE TABLE metadata_fields (
  id         TEXT NOT NULL PRIMARY KEY,
  dataset_id TEXT NOT NULL REFERENCES datasets(id) ON DELETE CASCADE,
  name       TEXT NOT NULL,
  type       TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (dataset_id, name)
);
CREATE TABLE models (
  id           TEXT NOT NULL PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces(id),
  endpoint_id  TEXT NOT NULL REFERENCES endpoints(id) ON DELETE CASCADE,
  name         TEXT NOT NULL,
  kind         TEXT NOT NULL,
  abilities    TEXT NOT NULL,
  context_size INTEGER NOT NULL,
  max_output   INTEGER NOT NULL,
  disabled     INTEGER NOT NULL DEFAULT 0,
  manual       INTEGER NOT NULL DEFAULT 0,
  created_at   BIGINT NOT NULL,
  UNIQUE (endpoint_id, name, kind)
);
CREATE TABLE outbox (
  seq        BIGINT NOT NULL PRIMARY KEY,
  dataset_id TEXT NOT NULL REFERENCES datasets(id) ON DELETE CASCADE,
  number     BIGINT NOT NULL,
  first      BIGINT NOT NULL,
  next       BIGINT NOT NULL
);
CREATE INDEX outbox_dataset ON outbox (dataset_id, seq);
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
CREATE TABLE run_states (
  run_id TEXT NOT NULL PRIMARY KEY REFERENCES runs(id) ON DELETE CASCADE,
  data   TEXT NOT NULL
);
CREATE TABLE run_steps (
  run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  seq    BIGINT NOT NULL,
  data   TEXT NOT NULL,
  PRIMARY KEY (run_id, seq)
);
CREATE TABLE runs (
  id           TEXT NOT NULL PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces(id),
  app_id       TEXT NOT NULL REFERENCES apps(id) ON DELETE CASCADE,
  version_id   TEXT NOT NULL,
  message_id   TEXT NOT NULL,
  end_user_id  TEXT NOT NULL,
  source       TEXT NOT NULL,
  status       TEXT NOT NULL,
  error        TEXT,
  usage        TEXT NOT NULL,
  steps        INTEGER NOT NULL DEFAULT 0,
  started_at   BIGINT NOT NULL,
  finished_at  BIGINT
, exceptions INTEGER NOT NULL DEFAULT 0, inputs TEXT, outputs TEXT, from_node TEXT NOT NULL DEFAULT '', only_node TEXT NOT NULL DEFAULT '', prompt_tokens INTEGER NOT NULL DEFAULT 0, completion_tokens INTEGER NOT NULL DEFAULT 0, speaking_ms BIGINT NOT NULL DEFAULT 0);
CREATE INDEX runs_app ON runs (app_id, started_at);
CREATE INDEX runs_live ON runs (status) WHERE status = 'running';
CREATE INDEX runs_overview ON runs (app_id, started_at, source, status, end_user_id, finished_at, prompt_tokens, completion_tokens, speaking_ms);
CREATE TABLE schedules (
  name    TEXT NOT NULL PRIMARY KEY,
  cron    TEXT NOT NULL,
  kind    TEXT NOT NULL,
  next_at BIGINT NOT NULL,
  off     INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE sessions (
  id         TEXT NOT NULL PRIMARY KEY,
  token_hash BLOB NOT NULL UNIQUE,
  user_id    TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  address    TEXT NOT NULL,
  agent      TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE TABLE settings (
  workspace_id TEXT NOT NULL REFERENCES workspaces(id),
  key          TEXT NOT NULL,
  value        TEXT NOT NULL,
  updated_at   BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, key)
);
CREATE TABLE shared_results (
  token       TEXT NOT NULL PRIMARY KEY,
  app_id      TEXT NOT NULL REFERENCES apps(id) ON DELETE CASCADE,
  end_user_id TEXT NOT NULL,
  result_id   TEXT NOT NULL UNIQUE,
  created_at  BIGINT NOT NULL
);
CREATE TABLE spaces (
  number     BIGINT NOT NULL PRIMARY KEY,
  dataset_id TEXT NOT NULL REFERENCES datasets(id) ON DELETE CASCADE,
  model      TEXT NOT NULL,
  dims       INTEGER NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL
);
CREATE INDEX spaces_dataset ON spaces (dataset_id);
CREATE TABLE tags (
  id           TEXT NOT NULL PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces(id),
  name         TEXT NOT NULL,
  created_at   BIGINT NOT NULL,
  UNIQUE (workspace_id, name)
);
CREATE TABLE tool_providers (
  id           TEXT NOT NULL PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces(id),
  kind         TEXT NOT NULL,
  name         TEXT NOT NULL,
  description  TEXT NOT NULL,
  icon         TEXT NOT NULL,
  icon_color   TEXT NOT NULL,
  app_id       TEXT REFERENCES apps(id) ON DELETE CASCADE, -- of those that are apps
  config       TEXT NOT NULL,
  document     TEXT NOT NULL, -- OpenAPI, as it was given
  tools        TEXT NOT NULL, -- as they were read last
  off          TEXT NOT NULL, -- names of those that are switched off
  hints        TEXT NOT NULL, -- of secrets, by name
  sealed       BLOB NOT NULL,
  checked_at   BIGINT,
  created_by   TEXT NOT NULL,
  created_at   BIGINT NOT NULL,
  updated_at   BIGINT NOT NULL,
  UNIQUE (workspace_id, kind, name)
);
CREATE UNIQUE INDEX tool_providers_app ON tool_providers (app_id);
CREATE TABLE units (
  number   BIGINT NOT NULL,
  ord      BIGINT NOT NULL,
  chunk_id TEXT NOT NULL REFERENCES chunks(id) ON DELETE CASCADE,
  child_id TEXT REFERENCES children(id) ON DELETE CASCADE,
  PRIMARY KEY (number, ord)
);
CREATE INDEX units_child ON units (child_id);
CREATE INDEX units_chunk ON units (chunk_id);
CREATE TABLE users (
  id            TEXT NOT NULL PRIMARY KEY,
  email         TEXT NOT NULL UNIQUE,
  name          TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  language      TEXT NOT NULL,
  theme         TEXT NOT NULL,
  disabled      INTEGER NOT NULL DEFAULT 0,
  created_at    BIGINT NOT NULL,
  last_seen_at  BIGINT
);
CREATE TABLE vectors (
  number BIGINT NOT NULL,
  ord    BIGINT NOT NULL,
  space  BIGINT NOT NULL REFERENCES spaces(number) ON DELETE CASCADE,
  data   BLOB NOT NULL, -- float32, little endian
  PRIMARY KEY (number, ord, space),
  FOREIGN KEY (number, ord) REFERENCES units(number, ord) ON DELETE CASCADE
);
CREATE INDEX vectors_space ON vectors (space);
CREATE TABLE versions (
  id           TEXT NOT NULL PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces(id),
  app_id       TEXT NOT NULL REFERENCES apps(id) ON DELETE CASCADE,
  number       INTEGER NOT NULL,
  name         TEXT NOT NULL,
  note         TEXT NOT NULL,
  settings     TEXT NOT NULL,
  created_by   TEXT NOT NULL,
  created_at   BIGINT NOT NULL,
  UNIQUE (app_id, number)
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
CREATE TABLE workspaces (
  id         TEXT NOT NULL PRIMARY KEY,
  name       TEXT NOT NULL,
  created_at BIGINT NOT NULL
);

-- trace.db

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
, meta TEXT, within TEXT, retry INTEGER NOT NULL DEFAULT 0);
CREATE INDEX node_runs_age ON node_runs (started_at);
CREATE INDEX node_runs_run ON node_runs (run_id, idx);
