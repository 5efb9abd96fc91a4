// Package app is the vocabulary of islet: its nouns, their rules, and nothing that does anything.
//
// # Glossary
//
// The one word for each thing, in code, UI and commits; in brackets the words to avoid.
//
//   - Workspace: the site, one per data directory. [tenant, organisation]
//   - User: a person who signs in to the studio; member, editor, admin or owner. [account, operator]
//   - End user: a person on the other side of a published app, named by the API's caller or by a browser's cookie. [visitor, customer]
//   - App: what people build and publish. [bot, assistant, application]
//   - Draft: the settings of an app as they are being edited. Version: one published state; it never changes. [release, snapshot]
//   - Settings: everything that defines what an app does. [config, model_config]
//   - Variable: a field that a person fills in before the first message. [input, parameter]
//   - Conversation: a chain of messages between one end user and one app. [session, thread, chat]
//   - Message: one question with its answer. Turn: the making of one. [query, exchange]
//   - Run: one execution of one graph; a message's answer comes out of it. [task, execution, job]
//   - Event: one numbered line of a run's log. Follow: to read that log, from any number on. [subscribe, listen]
//   - Graph, node, edge: what a run executes. Every app mode becomes a graph. [flow, block]
//   - Container: a node that runs a graph of its own again and again: an iteration or a loop. Round: one pass. [subgraph, cycle]
//   - Journal: what a run has done so far, kept until it ends, so that it can go on after a pause or a crash. Entry: one step of it. [checkpoint, snapshot]
//   - Form: what a run asks a person; it is paused until it was answered or the time is over. [approval, human task]
//   - Trigger: what starts an app without a person: a webhook or the app's schedule. [hook, event]
//   - Webhook: an address at which other programs start an app. [callback, endpoint]
//   - Tool: what an agent or a node can call: built in, an operation of an OpenAPI document, of an MCP server, or a published app. [function, plugin]
//   - MCP server: a program that offers tools; each published app can be one for other programs. [connector]
//   - Guest: an end user with an account of one web app. [member of an app]
//   - Annotation: an answer that a person wrote for a question. Reply: answering with one, without a model. [faq, correction]
//   - Batch: runs of an app for every row of a table. Row: one of them. [bulk job]
//   - Speech: what an app hears (a recording, written down) and says (an answer, read aloud). Voice: who speaks, by the server's name. [audio, tts]
//   - Endpoint: one model server, with its protocol, address and credentials. [provider, channel]
//   - Protocol: what an endpoint speaks. Vendor: who makes it; a row of the catalog. [provider type]
//   - Model: one model that an endpoint serves. Ability: a feature of it. [capability]
//   - Credential: a named secret of an endpoint. Key: what a caller of an app's Service API shows. [token, api key of a model]
//   - Probe: to ask an endpoint what it can do. Finding: one sentence of the outcome. Profile: what the model layer makes of it. [test, check result]
//   - Invite: a one-time link, to join or to choose a new password. [invitation mail, activation]
//   - File: uploaded bytes. Attachment: a file as part of a message. [upload file, blob]
//   - Dataset: documents that are searched as one. [knowledge base, library, collection]
//   - Document: one file, text or page of a dataset. [source, record]
//   - Chunk: a passage of a document that can be found. Child: a piece of a chunk that is searched in its place. [segment, block]
//   - Unit: what an index holds, a chunk or a child. Space: the vectors of one model. [point, embedding set]
//   - Stage: how far a document has come on its way to being found. Revision: one way of cutting it. [status, version]
//   - Hit: a chunk that a search gave, with how it was found. Resource: a hit that an answer rests on, shown as a source. [match, citation]
//   - Job: durable work for later. Schedule: what makes jobs at certain times. [task, cron]
//   - Backup: one file from which the site can be restored. Drill: restoring it into a scratch folder to prove that. [dump, archive]
//
// Dify's API uses other words for some of these (tenant, account, segment, api token); only web/service does too.
package app
