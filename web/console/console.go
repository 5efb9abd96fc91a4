// Package console is the JSON API of our own UI, below /console/api. README.md is its map, Routes its table.
package console

import (
	"context"
	"net/http"
	"time"

	"islet/app"
	"islet/app/account"
	"islet/app/annotation"
	"islet/app/batch"
	"islet/app/chat"
	"islet/app/egress"
	"islet/app/flow"
	"islet/app/knowledge"
	"islet/app/model"
	"islet/app/run"
	"islet/app/speech"
	"islet/app/studio"
	"islet/app/tool/toolbox"
	"islet/store"
	"islet/store/backup"
	"islet/web/frame"
	"islet/web/route"
)

// API holds what the handlers call. Reads go to DB; every change has an owner among the others.
type API struct {
	DB          *store.DB
	Accounts    *account.Accounts
	Studio      *studio.Studio
	Chat        *chat.Chat
	Flow        *flow.Flow
	Runs        *run.Manager
	Batches     *batch.Batches
	Models      *model.Registry
	Endpoints   *model.Keeper
	Knowledge   *knowledge.Knowledge
	Annotations *annotation.Book
	Speech      *speech.Speech
	Door        *egress.Door
	Catalog     Catalog
	Backups     *backup.Keeper
	System      System

	Tools *toolbox.Box
	// Rows reads a table in a process of its own: sandbox.Pool.Rows.
	Rows func(ctx context.Context, data []byte) ([][]string, error)
}

// System is what the about page tells of the running process.
type System struct {
	Version string    `json:"version"`
	Commit  string    `json:"commit"`
	Go      string    `json:"go"`
	OS      string    `json:"os"`
	Arch    string    `json:"arch"`
	DataDir string    `json:"data_dir"`
	Started time.Time `json:"started_at"`
}

// None is the empty request or answer.
type None struct{}

// List is a page of things with how many there are in all.
type List[T any] struct {
	Data  []T `json:"data"`
	Total int `json:"total"`
}

// list wraps a whole, unpaged result.
func list[T any](data []T, err error) (*List[T], error) {
	if err != nil {
		return nil, err
	}
	return &List[T]{Data: data, Total: len(data)}, nil
}

// Page is how a request asks for part of a list.
type Page struct {
	Number int `query:"page" json:"-"` // not Page: a field of that name would be hidden by the type's own where it is embedded
	Limit  int `query:"limit" json:"-"`
}

// bounds are the offset and limit of a page: 30 a page unless asked otherwise, 100 at most.
func (p Page) bounds() (offset, limit int) {
	limit = p.Limit
	if limit <= 0 {
		limit = 30
	}
	limit = min(limit, 100)
	return max(p.Number-1, 0) * limit, limit
}

// ByID is a request that names one thing in its path.
type ByID struct {
	ID app.ID `path:"id" json:"-"`
}

const (
	fileLimit     = 64 << 20                  // app/chat has finer limits by kind
	documentLimit = knowledge.MaxFile + 1<<20 // of a document for a dataset, with the form around it
	textLimit     = 2*knowledge.MaxText + 1<<20

	importLimit = 12 << 20 // a file of 10 MB inside JSON
)

// Routes is the whole table of this API.
func (a *API) Routes(r *route.Router) {
	g := &route.Group{Router: r, Prefix: "/console/api", Auth: a.caller}
	member, editor, admin, owner := route.Role(app.Member), route.Role(app.Editor), route.Role(app.Admin), route.Role(app.Owner)

	route.Handle(g, "GET /setup", a.setupState, route.Public)
	route.Handle(g, "POST /setup", a.setup, route.Public)
	route.Handle(g, "POST /signin", a.signIn, route.Public)
	route.Handle(g, "POST /signout", a.signOut, route.Public)
	route.Handle(g, "GET /invites/open/{token}", a.openInvite, route.Public)
	route.Handle(g, "POST /invites/open/{token}", a.acceptInvite, route.Public)

	route.Handle(g, "GET /me", a.me, member)
	route.Handle(g, "PATCH /me", a.updateMe, member)
	route.Handle(g, "POST /me/password", a.changePassword, member)
	route.Handle(g, "PATCH /workspace", a.renameWorkspace, admin)

	route.Handle(g, "GET /members", a.members, editor)
	route.Handle(g, "PATCH /members/{id}", a.updateMember, admin)
	route.Handle(g, "DELETE /members/{id}", a.removeMember, admin)
	route.Handle(g, "POST /members/{id}/owner", a.handOver, owner)
	route.Handle(g, "POST /members/{id}/reset-link", a.resetLink, admin)
	route.Handle(g, "GET /invites", a.invites, admin)
	route.Handle(g, "POST /invites", a.invite, admin)
	route.Handle(g, "DELETE /invites/{id}", a.revokeInvite, admin)

	route.Handle(g, "GET /vendors", a.vendors, editor)
	route.Handle(g, "GET /endpoints", a.endpoints, editor)
	route.Handle(g, "POST /endpoints", a.createEndpoint, admin)
	route.Handle(g, "GET /endpoints/{id}", a.endpoint, editor)
	route.Handle(g, "PATCH /endpoints/{id}", a.updateEndpoint, admin)
	route.Handle(g, "DELETE /endpoints/{id}", a.deleteEndpoint, admin)
	route.Stream(g, "POST /endpoints/{id}/probe", a.probeEndpoint, admin, route.Events(probeEvents))
	route.Stream(g, "POST /probe", a.probeURL, admin, route.Events(probeEvents))
	route.Handle(g, "POST /endpoints/{id}/credentials", a.createCredential, admin)
	route.Handle(g, "PATCH /endpoints/{id}/credentials/{cid}", a.updateCredential, admin)
	route.Handle(g, "DELETE /endpoints/{id}/credentials/{cid}", a.deleteCredential, admin)
	route.Handle(g, "GET /models", a.models, editor)
	route.Handle(g, "POST /models", a.createModel, admin)
	route.Handle(g, "PATCH /models/{id}", a.updateModel, admin)
	route.Handle(g, "DELETE /models/{id}", a.deleteModel, admin)
	route.Handle(g, "GET /models/defaults", a.defaultModels, editor)
	route.Handle(g, "PUT /models/defaults", a.setDefaultModels, admin)
	route.Handle(g, "GET /models/voices", a.voices, editor)

	route.Handle(g, "GET /apps", a.apps, editor)
	route.Handle(g, "POST /apps", a.createApp, editor)
	route.Handle(g, "POST /apps/import", a.importApp, editor, route.Limit(importLimit))
	route.Handle(g, "POST /apps/import/{id}/confirm", a.confirmImport, editor)
	route.Handle(g, "GET /apps/{id}", a.app, editor)
	route.Handle(g, "PATCH /apps/{id}", a.updateApp, editor)
	route.Handle(g, "DELETE /apps/{id}", a.deleteApp, editor)
	route.Handle(g, "POST /apps/{id}/copy", a.copyApp, editor)
	route.Raw(g, "GET /apps/{id}/export", a.exportApp, editor)
	route.Handle(g, "PUT /apps/{id}/draft", a.saveDraft, editor)
	route.Handle(g, "POST /apps/{id}/publish", a.publish, editor)
	route.Handle(g, "GET /apps/{id}/versions", a.versions, editor)
	route.Handle(g, "PATCH /apps/{id}/versions/{vid}", a.updateVersion, editor)
	route.Handle(g, "DELETE /apps/{id}/versions/{vid}", a.deleteVersion, editor)
	route.Handle(g, "POST /apps/{id}/versions/{vid}/restore", a.restoreVersion, editor)
	route.Handle(g, "PATCH /apps/{id}/site", a.updateSite, editor)
	route.Handle(g, "POST /apps/{id}/site/code", a.newSiteCode, editor)
	route.Handle(g, "GET /apps/{id}/mcp", a.mcpServer, editor)
	route.Handle(g, "PUT /apps/{id}/mcp", a.setMCPServer, editor)
	route.Handle(g, "GET /apps/{id}/keys", a.keys, editor)
	route.Handle(g, "POST /apps/{id}/keys", a.createKey, editor)
	route.Handle(g, "DELETE /apps/{id}/keys/{kid}", a.deleteKey, editor)

	a.makeRoutes(g)
	a.templateRoutes(g)
	a.nodeRoutes(g)
	route.Stream(g, "POST /apps/{id}/debug", a.debug, editor, route.Events(turnEvents))
	route.Handle(g, "GET /apps/{id}/debug/{conversation}/messages", a.debugMessages, editor)
	route.Stream(g, "GET /apps/{id}/messages/{mid}/events", a.followMessage, editor, route.Events(turnEvents))
	route.Handle(g, "POST /apps/{id}/messages/{mid}/stop", a.stopMessage, editor)
	route.Handle(g, "GET /apps/{id}/messages/{mid}/trace", a.trace, editor)
	route.Handle(g, "GET /apps/{id}/messages/{mid}/suggested", a.suggested, editor)
	route.Handle(g, "POST /apps/{id}/messages/{mid}/feedback", a.feedback, editor)
	route.Raw(g, "GET /apps/{id}/messages/{mid}/speech", a.say, editor)
	route.Handle(g, "POST /apps/{id}/speech", a.hear, editor, route.Limit(fileLimit))
	route.Handle(g, "GET /apps/{id}/conversations", a.conversations, editor)
	route.Handle(g, "GET /apps/{id}/conversations/{cid}/messages", a.messages, editor)

	route.Stream(g, "POST /apps/{id}/run", a.run, editor, route.Events(frame.FlowEvents))
	route.Handle(g, "GET /apps/{id}/check", a.check, editor)
	route.Handle(g, "GET /apps/{id}/runs", a.runs, editor)
	route.Handle(g, "GET /apps/{id}/runs/{run}", a.runTrace, editor)
	route.Stream(g, "GET /apps/{id}/runs/{run}/events", a.followRun, editor, route.Events(frame.FlowEvents))
	route.Handle(g, "POST /apps/{id}/runs/{run}/stop", a.stopRun, editor)
	route.Handle(g, "GET /apps/{id}/triggers", a.triggers, editor)
	route.Handle(g, "PUT /apps/{id}/triggers/schedules/{node}", a.switchSchedule, editor)

	a.inspectRoutes(g)
	a.toolRoutes(g)
	a.knowledgeRoutes(g)
	a.guestRoutes(g)
	a.batchRoutes(g)
	a.operateRoutes(g)

	route.Handle(g, "POST /files", a.uploadFile, editor, route.Limit(fileLimit))
	route.Raw(g, "GET /files/{id}", a.downloadFile, editor)

	route.Handle(g, "GET /backups", a.backups, admin)
	route.Handle(g, "POST /backups", a.startBackup, admin, route.Status(http.StatusAccepted))
	route.Handle(g, "GET /backups/{id}", a.backup, admin)
	route.Raw(g, "GET /backups/{id}/download", a.downloadBackup, admin)
	route.Handle(g, "DELETE /backups/{id}", a.deleteBackup, admin)
	route.Handle(g, "PUT /backups/settings", a.setBackupSettings, admin)
	route.Handle(g, "GET /system", a.system, admin)
	route.Handle(g, "GET /system/egress", a.outgoing, admin)
	route.Handle(g, "PUT /system/egress", a.setOutgoing, admin)
}

// knowledgeRoutes are the rows about datasets.
func (a *API) knowledgeRoutes(g *route.Group) {
	editor := route.Role(app.Editor)
	route.Handle(g, "GET /datasets", a.datasets, editor)
	route.Handle(g, "POST /datasets", a.createDataset, editor)
	route.Handle(g, "POST /datasets/files", a.uploadDocument, editor, route.Limit(documentLimit))
	route.Handle(g, "POST /datasets/preview", a.previewDocument, editor, route.Limit(textLimit))
	route.Handle(g, "GET /datasets/{id}", a.dataset, editor)
	route.Handle(g, "PATCH /datasets/{id}", a.updateDataset, editor)
	route.Handle(g, "DELETE /datasets/{id}", a.deleteDataset, editor)
	route.Handle(g, "GET /datasets/{id}/apps", a.datasetApps, editor)
	route.Handle(g, "GET /datasets/{id}/progress", a.datasetProgress, editor)
	route.Handle(g, "POST /datasets/{id}/reembed", a.reembedDataset, editor)
	route.Handle(g, "POST /datasets/{id}/reindex", a.reindexDataset, editor)

	route.Handle(g, "GET /datasets/{id}/documents", a.documents, editor)
	route.Handle(g, "POST /datasets/{id}/documents", a.addDocuments, editor, route.Limit(textLimit))
	route.Handle(g, "POST /datasets/{id}/documents/do", a.doDocuments, editor)
	route.Handle(g, "PUT /datasets/{id}/documents/metadata", a.describe, editor)
	route.Handle(g, "GET /datasets/{id}/documents/{did}", a.document, editor)
	route.Handle(g, "PATCH /datasets/{id}/documents/{did}", a.updateDocument, editor)
	route.Handle(g, "GET /datasets/{id}/documents/{did}/text", a.documentText, editor)
	route.Raw(g, "GET /datasets/{id}/documents/{did}/download", a.downloadDocument, editor)
	route.Handle(g, "GET /datasets/{id}/documents/{did}/chunks", a.chunks, editor)
	route.Handle(g, "POST /datasets/{id}/documents/{did}/chunks", a.addChunks, editor, route.Limit(importLimit))
	route.Handle(g, "POST /datasets/{id}/documents/{did}/chunks/import", a.importChunks, editor)
	route.Handle(g, "GET /datasets/{id}/documents/{did}/chunks/{cid}", a.chunk, editor)
	route.Handle(g, "PATCH /datasets/{id}/documents/{did}/chunks/{cid}", a.updateChunk, editor, route.Limit(importLimit))
	route.Handle(g, "DELETE /datasets/{id}/documents/{did}/chunks/{cid}", a.deleteChunk, editor)
	route.Handle(g, "POST /datasets/{id}/documents/{did}/chunks/{cid}/children", a.addChild, editor)
	route.Handle(g, "PATCH /datasets/{id}/documents/{did}/chunks/{cid}/children/{kid}", a.updateChild, editor)
	route.Handle(g, "DELETE /datasets/{id}/documents/{did}/chunks/{cid}/children/{kid}", a.deleteChild, editor)

	route.Handle(g, "POST /datasets/{id}/search", a.searchDataset, editor)
	route.Handle(g, "POST /datasets/{id}/why-not", a.whyNot, editor)
	route.Handle(g, "GET /datasets/{id}/asked", a.asked, editor)
	route.Handle(g, "GET /datasets/{id}/metadata", a.metadataFields, editor)
	route.Handle(g, "POST /datasets/{id}/metadata", a.addField, editor)
	route.Handle(g, "PATCH /datasets/{id}/metadata/{fid}", a.renameField, editor)
	route.Handle(g, "DELETE /datasets/{id}/metadata/{fid}", a.deleteField, editor)

	route.Handle(g, "GET /dataset-tags", a.tags, editor)
	route.Handle(g, "POST /dataset-tags", a.createTag, editor)
	route.Handle(g, "PATCH /dataset-tags/{id}", a.renameTag, editor)
	route.Handle(g, "DELETE /dataset-tags/{id}", a.deleteTag, editor)
	route.Handle(g, "GET /dataset-keys", a.datasetKeys, editor)
	route.Handle(g, "POST /dataset-keys", a.createDatasetKey, editor)
	route.Handle(g, "DELETE /dataset-keys/{id}", a.deleteDatasetKey, editor)
	route.Handle(g, "GET /external-apis", a.externalAPIs, editor)
	route.Handle(g, "POST /external-apis", a.createExternalAPI, editor)
	route.Handle(g, "PATCH /external-apis/{id}", a.updateExternalAPI, editor)
	route.Handle(g, "DELETE /external-apis/{id}", a.deleteExternalAPI, editor)
}
