-- +goose Up
-- How a node of a graph ran: facts for clients, the iteration or loop around it, which attempt it was.

ALTER TABLE node_runs ADD COLUMN meta TEXT;
ALTER TABLE node_runs ADD COLUMN within TEXT;
ALTER TABLE node_runs ADD COLUMN retry INTEGER NOT NULL DEFAULT 0;
