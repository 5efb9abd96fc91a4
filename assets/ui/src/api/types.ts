// The nouns of the API under their short names. Everything else imports them from here, so that a change of the document meets
// the compiler in one place.
import type { components } from "./schema";

type S = components["schemas"];

export type Lang = S["Lang"];
export type Role = S["Role"];
export type Text = S["Text"];
export type Failure = S["Failure"];
export type Workspace = S["Workspace"];
export type User = S["User"];
export type Invite = S["Invite"];
export type Key = S["Key"];
export type ModelRef = S["ModelRef"];
export type Variable = S["Variable"];
export type Settings = S["Settings"];
export type Site = S["Site"];
export type App = S["App"];
export type Version = S["Version"];
export type Conversation = S["Conversation"];
export type Usage = S["Usage"];
export type Feedback = S["Feedback"];
export type Attachment = S["Attachment"];
export type Message = S["Message"];
export type File = S["File"];
export type FileInput = S["FileInput"];
export type EndpointOptions = S["EndpointOptions"];
export type Finding = S["Finding"];
export type Profile = S["Profile"];
export type Endpoint = S["Endpoint"];
export type Credential = S["Credential"];
export type Abilities = S["Abilities"];
export type Model = S["Model"];
export type Run = S["Run"];
export type NodeRun = S["NodeRun"];
export type Backup = S["Backup"];
export type Problem = S["Problem"];

export interface List<T> {
  data: T[];
  total: number;
}

export interface Setup {
  done: boolean;
  version: string;
  workspace_name: string;
  language: Lang;
}
export interface Me {
  user: User;
  workspace: Workspace;
  version: string;
}
export interface OpenInvite {
  purpose: string;
  email: string;
  role: Role;
  workspace_name: string;
  invited_by: string;
  expires_at: string;
}
export interface Vendor {
  id: string;
  name: Text;
  protocol: string;
  base_url: string;
  local: boolean;
  needs_key: boolean;
  hint: Text;
}
export interface Protocol {
  id: string;
  title: string;
  kinds: string[] | null;
}
export interface Vendors {
  data: Vendor[];
  protocols: Protocol[] | null;
}
export interface EndpointView {
  endpoint: Endpoint;
  credentials: Credential[] | null;
  models: Model[] | null;
}
export interface ModelRow {
  model: Model;
  endpoint_name: string;
  endpoint_disabled?: boolean;
}
export interface DefaultModels {
  llm: ModelRef | null;
  embedding: ModelRef | null;
  rerank: ModelRef | null;
}
export interface DraftSaved {
  rev: number;
  problems: Problem[] | null;
}
export interface Trace {
  run: Run;
  nodes: NodeRun[] | null;
}
export interface BackupSettings {
  enabled: boolean;
  at: string;
  keep: number;
  passphrase_set: boolean;
}
export interface Backups {
  data: Backup[] | null;
  settings: BackupSettings;
  next_at: string | null;
  free_bytes: number;
  dir: string;
}
export interface System {
  version: string;
  commit: string;
  go: string;
  os: string;
  arch: string;
  data_dir: string;
  started_at: string;
  sizes: { [name: string]: number };
}
export interface FileRef {
  method: string;
  file_id?: string;
  url?: string;
  kind: string;
}
export interface TurnInput {
  query: string;
  inputs: { [name: string]: unknown };
  conversation_id?: string;
  parent_id?: string;
  files: FileRef[];
}
export interface SiteView {
  app: { id: string; name: string; description: string; icon: string; icon_color: string; mode: string };
  site: Site;
  opening: string;
  suggested: string[] | null;
  variables: Variable[] | null;
  files: FileInput;
  follow_up: boolean;
}
export interface ProbeDone {
  profile?: Profile;
  protocol?: string;
  endpoint?: Endpoint;
  credentials?: Credential[] | null;
  models: Model[] | null;
}
