-- +goose Up
-- Where tools come from besides the built-in ones: OpenAPI documents, MCP servers, and how published apps look as tools.

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

-- Published apps that other programs call by MCP.
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
