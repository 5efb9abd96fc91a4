// The nouns of the API under their short names, all of them from the OpenAPI document that the binary prints (`npm run api`).
// Go pointers come out as "or null"; where the server always sends the thing, `Sure` says so here, once.
import type { components, operations } from "./schema";

type S = components["schemas"];
type Sure<T, K extends keyof T> = Omit<T, K> & { [P in K]-?: NonNullable<T[P]> };

export type User = S["User"];
export type Lang = User["language"];
export type Role = User["role"];
export type Text = S["Text"];
export type Failure = S["Failure"];
export type Workspace = S["Workspace"];
export type Invite = S["Invite"];
export type Key = S["Key"];
export type ModelRef = S["ModelRef"];
export type Variable = S["Variable"];
export type Settings = S["Settings"];
export type Site = S["Site"];
export type App = S["App"];
export type AppItem = S["AppItem"];
export type Version = S["Version"];
export type Conversation = S["Conversation"];
export type Usage = S["Usage"];
export type Feedback = S["Feedback"];
export type Attachment = S["Attachment"];
export type Status = S["Run"]["status"];
export type Message = S["Message"];
export type File = S["File"];
export type FileInput = S["FileInput"];
export type FileRef = S["FileRef"];
export type EndpointOptions = S["EndpointOptions"];
export type Finding = S["Finding"];
export type Profile = S["Profile"];
export type Endpoint = S["Endpoint"];
export type Credential = S["Credential"];
export type Abilities = S["Abilities"];
export type Model = S["Model"];
export type Run = S["Run"];
export type NodeRun = S["NodeRun"];
export type Step = S["Step"];
export type Round = S["Round"];
export type Thought = S["Thought"];
export type Resource = S["Resource"];
export type Found = S["Found"];
export type Form = S["Form"];
export type FormField = S["FormField"];
export type FormAction = S["FormAction"];
export type FormView = S["FormView"];
export type StartField = S["SiteField"];
export type RunEntry = { run: Run; end_user: string };
export type RunTrace = { run: Run; nodes: NodeRun[]; forms: Form[] };
export type RunState = { run: Run };
export type ImportView = S["ImportView"];
export type Check = S["View"];
export type ToolView = S["ToolView"];
export type Agent = S["Agent"];
export type AgentTool = S["AgentTool"];
export type EnvVariable = S["EnvVariable"];
export type ConvVariable = S["ConvVariable"];
export type ConversationEntry = { conversation: Conversation; messages: number; end_user: string };
export type Mode = S["App"]["mode"];
export type Backup = S["Backup"];
export type Problem = S["Problem"];
export type Setup = S["SetupState"];
export type OpenInvite = S["OpenInvite"];
export type Vendor = S["Vendor"];
export type Protocol = S["ProtocolInfo"];
export type Vendors = S["Catalog"];
export type DefaultModels = S["Defaults"];
export type DraftSaved = S["DraftSaved"];
export type BackupSettings = S["BackupSettings"];
export type System = S["SystemView"];
export type Destination = S["Entry"];
export type Outgoing = Omit<S["Outgoing"], "allow" | "destinations"> & { allow: string[]; destinations: Destination[] };
export type SiteView = S["SiteView"];
export type ProbeDone = S["ProbeDone"];
export type Link = S["LinkView"];

export type UserView = Sure<S["UserView"], "user">;
export type Me = Sure<S["MeView"], "user" | "workspace">;
export type InviteView = Sure<S["InviteView"], "invite">;
export type NewKey = Sure<S["NewKey"], "key">;
export type ModelRow = Sure<S["ModelView"], "model">;
export type Trace = { run: Run; nodes: NodeRun[] };
export type TurnState = { message: Message; conversation: Conversation };
export type EndpointView = Omit<Sure<S["EndpointView"], "endpoint">, "credentials" | "models"> & { credentials: Credential[]; models: Model[] };
export type Backups = Omit<Sure<S["BackupsView"], "settings">, "data"> & { data: Backup[] };

export interface List<T> {
  data: T[];
  total: number;
}

/** The body of a call. */
type Body<Op extends keyof operations> = operations[Op] extends { requestBody: { content: { "application/json": infer B } } } ? B : never;

export type SetupInput = Body<"post_setup">;
export type EndpointInput = Body<"post_endpoints">;
export type EndpointPatch = Body<"patch_endpoints_id">;
export type ProbeInput = Body<"post_probe">;
export type ModelInput = Body<"post_models">;
export type ModelPatch = Body<"patch_models_id">;
export type AppPatch = Body<"patch_apps_id">;
export type SitePatch = Body<"patch_apps_id_site">;
export type TurnInput = Body<"post_apps_id_debug">;
export type RunInput = Body<"post_apps_id_run">;
export type ImportInput = Body<"post_apps_import">;
export type BackupSettingsInput = Body<"put_backups_settings">;
