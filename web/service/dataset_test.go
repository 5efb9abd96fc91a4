package service_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"islet/app"
	"islet/app/model/modeltest"
	"islet/store"
)

// datasetRig is a rig with an embedding and a rerank model, and a dataset key.
type datasetRig struct {
	*rig
	key string
}

func newDatasetRig(t *testing.T) *datasetRig {
	t.Helper()
	r := &datasetRig{rig: newRig(t, modeltest.Options{})}
	err := r.db.Update(r.ctx, func(tx *store.Tx) error {
		for name, kind := range map[string]app.ModelKind{"embed": app.EmbedModel, "rerank": app.RerankModel} {
			if err := tx.InsertModel(&app.Model{ID: app.NewID(), Endpoint: r.endpoint, Name: name, Kind: kind, CreatedAt: tx.Now()}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	_, token, err := r.know.NewKey(r.ctx)
	if err != nil {
		t.Fatal(err)
	}
	r.key = token
	return r
}

// call does one request with the dataset key and wants a status; it returns the answer.
func (r *datasetRig) call(method, path string, body any, status int) *answer {
	r.t.Helper()
	a := r.do(method, path, r.key, body)
	if a.status != status {
		r.t.Fatalf("%s %s = %d %s, want %d", method, path, a.status, a.body, status)
	}
	return a
}

func (r *datasetRig) object(method, path string, body any) object {
	r.t.Helper()
	var v object
	r.call(method, path, body, http.StatusOK).into(r.t, &v)
	return v
}

// form sends a file with the field data.
func (r *datasetRig) form(method, path, name, content, data string) *answer {
	r.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if name != "" {
		f, err := w.CreateFormFile("file", name)
		if err != nil {
			r.t.Fatal(err)
		}
		_, _ = io.WriteString(f, content)
	}
	_ = w.WriteField("data", data)
	_ = w.Close()
	req, err := http.NewRequest(method, r.url+path, &b)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", w.FormDataContentType())
	return r.send(req, r.key)
}

// indexed waits until a batch is completed.
func (r *datasetRig) indexed(dataset, batch string) object {
	r.t.Helper()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		v := r.object("GET", "/datasets/"+dataset+"/documents/"+batch+"/indexing-status", nil)
		done := true
		for _, d := range v["data"].([]any) {
			if s := d.(object)["indexing_status"]; s == "error" {
				r.t.Fatalf("indexing failed: %v", d)
			} else if s != "completed" {
				done = false
			}
		}
		if done {
			return v
		}
		if time.Now().After(end) {
			r.t.Fatalf("not indexed: %v", v)
		}
	}
}

const guide = "Travel by train is booked in second class.\n\nA hotel night costs at most 480 yuan in Shanghai.\n\nFlights over six hours may be booked in premium economy."

var byParagraph = object{"mode": "custom", "rules": object{"pre_processing_rules": []any{}, "segmentation": object{"separator": "\n\n", "max_tokens": 500, "chunk_overlap": 0}}}

// TestDataset_everyAnswerFits walks through all operations about datasets and checks each answer against Dify's document.
func TestDataset_everyAnswerFits(t *testing.T) {
	doc := document(t)
	r := newDatasetRig(t)
	walkDatasets(t, r, func(where, status string, v any) {
		t.Helper()
		method, path, _ := strings.Cut(where, " ")
		s := response(t, doc, method, path, status)
		conform(t, where, looseValues(s), v)
	})
}

// looseValues lets fields be null of which the document's prose says that they can be, although their schema does not.
func looseValues(s *openapi3.Schema) *openapi3.Schema {
	if s.Items != nil {
		looseValues(s.Items.Value)
	}
	for _, p := range s.Properties {
		if strings.Contains(p.Value.Description, "`null`") {
			p.Value.Nullable = true
		}
		looseValues(p.Value)
	}
	return s
}

// TestDataset_everyOperation is the same walk without the document, so that a clone without it is tested too.
func TestDataset_everyOperation(t *testing.T) {
	walkDatasets(t, newDatasetRig(t), func(string, string, any) {})
}

func walkDatasets(t *testing.T, r *datasetRig, fits func(where, status string, v any)) {
	t.Helper()
	get := func(where, method, path string, body any) object {
		t.Helper()
		v := r.object(method, path, body)
		fits(where, "200", any(v))
		return v
	}
	d := get("POST /datasets", "POST", "/datasets", object{"name": "Handbook", "description": "rules", "indexing_technique": "high_quality", "embedding_model": "embed",
		"embedding_model_provider": "langgenius/openai/openai", "permission": "all_team_members", "retrieval_model": object{"search_method": "hybrid_search",
			"reranking_enable": false, "reranking_mode": "weighted_score", "weights": object{"weight_type": "customized", "vector_setting": object{"vector_weight": 0.4},
				"keyword_setting": object{"keyword_weight": 0.6}}, "top_k": 3, "score_threshold_enabled": false}})
	ds := "/datasets/" + d["id"].(string)
	get("GET /datasets", "GET", "/datasets?keyword=Hand&limit=500", nil)
	get("GET /datasets/{dataset_id}", "GET", ds, nil)
	get("PATCH /datasets/{dataset_id}", "PATCH", ds, object{"name": "The handbook"})

	made := get("POST /datasets/{dataset_id}/document/create-by-text", "POST", ds+"/document/create-by-text", object{"name": "travel.md", "text": guide, "doc_form": "text_model", "process_rule": byParagraph})
	docID := made["document"].(object)["id"].(string)
	fits("GET /datasets/{dataset_id}/documents/{batch}/indexing-status", "200", any(r.indexed(d["id"].(string), made["batch"].(string))))
	file := r.form("POST", ds+"/document/create-by-file", "rooms.txt", "Room 12 has a projector.", `{"process_rule":{"mode":"automatic"},"doc_form":"hierarchical_model"}`)
	var made2 object
	file.into(t, &made2)
	if file.status != http.StatusOK {
		t.Fatalf("create-by-file: %d %s", file.status, file.body)
	}
	fits("POST /datasets/{dataset_id}/document/create-by-file", "200", any(made2))
	r.indexed(d["id"].(string), made2["batch"].(string))
	doc2 := made2["document"].(object)["id"].(string)
	get("GET /datasets/{dataset_id}/documents", "GET", ds+"/documents?page=1&limit=20", nil)
	one := ds + "/documents/" + docID
	get("GET /datasets/{dataset_id}/documents/{document_id}", "GET", one, nil)
	get("GET /datasets/{dataset_id}/documents/{document_id}/download", "GET", one+"/download", nil)

	walkSegments(t, r, get, one, ds+"/documents/"+doc2)
	walkMetadata(t, r, get, fits, ds, docID, d["id"].(string))

	get("POST /datasets/{dataset_id}/retrieve", "POST", ds+"/retrieve", object{"query": "hotel in Shanghai"})
	up := get("POST /datasets/{dataset_id}/documents/{document_id}/update-by-text", "POST", one+"/update-by-text", object{"name": "travel2.md", "text": guide + "\n\nTaxis are paid back."})
	r.indexed(d["id"].(string), up["batch"].(string))
	changed := r.form("PATCH", ds+"/documents/"+doc2, "rooms.txt", "Room 13 has a projector.", `{}`)
	var made3 object
	changed.into(t, &made3)
	fits("PATCH /datasets/{dataset_id}/documents/{document_id}", "200", any(made3))
	r.indexed(d["id"].(string), made3["batch"].(string))
	get("PATCH /datasets/{dataset_id}/documents/status/{action}", "PATCH", ds+"/documents/status/disable", object{"document_ids": []string{doc2}})
	get("GET /workspaces/current/models/model-types/{model_type}", "GET", "/workspaces/current/models/model-types/text-embedding", nil)
	checkZip(t, r.call("POST", ds+"/documents/download-zip", object{"document_ids": []string{docID, doc2}}, 200).body)
	r.call("DELETE", ds+"/documents/"+doc2, nil, http.StatusNoContent)
	r.call("DELETE", ds, nil, http.StatusNoContent)
	r.call("GET", ds, nil, http.StatusNotFound)
}

func checkZip(t *testing.T, b []byte) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil || len(z.File) != 2 {
		t.Errorf("the archive: %v", err)
	}
}

func walkSegments(t *testing.T, r *datasetRig, get func(where, method, path string, body any) object, one, parent string) {
	t.Helper()
	const at = "/datasets/{dataset_id}/documents/{document_id}/segments"
	list := get("GET "+at, "GET", one+"/segments", nil)
	if n := len(list["data"].([]any)); n != 3 {
		t.Errorf("%d segments, want 3", n)
	}
	added := get("POST "+at, "POST", one+"/segments", object{"segments": []object{{"content": "Bikes are lent for free.", "keywords": []string{"bike"}}}})
	id := added["data"].([]any)[0].(object)["id"].(string)
	get("GET "+at+"/{segment_id}", "GET", one+"/segments/"+id, nil)
	get("POST "+at+"/{segment_id}", "POST", one+"/segments/"+id, object{"segment": object{"content": "Bikes are lent for a day.", "enabled": true}})
	r.call("DELETE", one+"/segments/"+id, nil, http.StatusNoContent)

	parents := r.object("GET", parent+"/segments", nil)["data"].([]any)
	seg := parent + "/segments/" + parents[0].(object)["id"].(string) + "/child_chunks"
	child := get("POST "+at+"/{segment_id}/child_chunks", "POST", seg, object{"content": "A projector is in room 12."})
	get("GET "+at+"/{segment_id}/child_chunks", "GET", seg+"?page=1&limit=10", nil)
	kid := seg + "/" + child["data"].(object)["id"].(string)
	get("PATCH "+at+"/{segment_id}/child_chunks/{child_chunk_id}", "PATCH", kid, object{"content": "A beamer is in room 12."})
	r.call("DELETE", kid, nil, http.StatusNoContent)
}

func walkMetadata(t *testing.T, r *datasetRig, get func(where, method, path string, body any) object, fits func(where, status string, v any), ds, docID, dataset string) {
	t.Helper()
	var field object
	r.call("POST", ds+"/metadata", object{"type": "string", "name": "team"}, http.StatusCreated).into(t, &field)
	fits("POST /datasets/{dataset_id}/metadata", "201", any(field))
	get("PATCH /datasets/{dataset_id}/metadata/{metadata_id}", "PATCH", ds+"/metadata/"+field["id"].(string), object{"name": "group"})
	get("POST /datasets/{dataset_id}/documents/metadata", "POST", ds+"/documents/metadata", object{"operation_data": []object{{"document_id": docID,
		"metadata_list": []object{{"id": field["id"], "name": "group", "value": "sales"}}}}})
	get("GET /datasets/{dataset_id}/metadata", "GET", ds+"/metadata", nil)
	get("GET /datasets/{dataset_id}/metadata/built-in", "GET", ds+"/metadata/built-in", nil)
	get("POST /datasets/{dataset_id}/metadata/built-in/{action}", "POST", ds+"/metadata/built-in/enable", nil)
	if got := r.object("GET", ds+"/documents/"+docID+"?metadata=only", nil); !strings.Contains(mustJSON(t, got), `"sales"`) {
		t.Errorf("the document's metadata: %v", got)
	}
	f := object{"query": "hotel", "retrieval_model": object{"search_method": "full_text_search", "reranking_enable": false, "top_k": 5, "score_threshold_enabled": false,
		"metadata_filtering_conditions": object{"logical_operator": "and", "conditions": []object{{"name": "group", "comparison_operator": "is", "value": "nobody"}}}}}
	if got := r.object("POST", ds+"/retrieve", f); len(got["records"].([]any)) != 0 {
		t.Errorf("a filter that nobody meets lets through %v", got["records"])
	}
	r.call("DELETE", ds+"/metadata/"+field["id"].(string), nil, http.StatusNoContent)

	tag := get("POST /datasets/tags", "POST", "/datasets/tags", object{"name": "rules"})
	r.call("POST", "/datasets/tags", object{"name": "rules"}, http.StatusBadRequest)
	var tags []any
	r.call("GET", "/datasets/tags", nil, 200).into(t, &tags)
	fits("GET /datasets/tags", "200", any(tags))
	get("PATCH /datasets/tags", "PATCH", "/datasets/tags", object{"tag_id": tag["id"], "name": "regulations"})
	r.call("POST", "/datasets/tags/binding", object{"tag_ids": []any{tag["id"]}, "target_id": dataset}, http.StatusNoContent)
	if got := get("GET /datasets/{dataset_id}/tags", "GET", ds+"/tags", nil); got["total"] != float64(1) {
		t.Errorf("bound tags: %v", got)
	}
	if got := r.object("GET", "/datasets?tag_ids="+tag["id"].(string), nil); got["total"] != float64(1) {
		t.Errorf("datasets with the tag: %v", got["total"])
	}
	r.call("POST", "/datasets/tags/unbinding", object{"tag_ids": []any{tag["id"]}, "target_id": dataset}, http.StatusNoContent)
	r.call("DELETE", "/datasets/tags", object{"tag_id": tag["id"]}, http.StatusNoContent)
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestDataset_retrieveFindsAndExplainsLikeDify(t *testing.T) {
	r := newDatasetRig(t)
	d := r.object("POST", "/datasets", object{"name": "Handbook"})
	id := d["id"].(string)
	made := r.object("POST", "/datasets/"+id+"/document/create_by_text", object{"name": "travel", "text": guide, "indexing_technique": "economy", "process_rule": byParagraph})
	r.indexed(id, made["batch"].(string))
	got := r.object("POST", "/datasets/"+id+"/retrieve", object{"query": "Shanghai hotel"})
	records := got["records"].([]any)
	if len(records) == 0 || !strings.Contains(mustJSON(t, records[0]), "480 yuan") {
		t.Fatalf("found %v", records)
	}
	// The same dataset as another system's external knowledge.
	var ext struct {
		Records []struct {
			Content, Title string
			Score          float64
		}
	}
	ask := object{"knowledge_id": id, "query": "Shanghai hotel", "retrieval_setting": object{"top_k": 1, "score_threshold": 0.0}}
	r.call("POST", "/retrieval", ask, 200).into(t, &ext)
	if len(ext.Records) != 1 || ext.Records[0].Title != "travel" || ext.Records[0].Score <= 0 {
		t.Errorf("as external knowledge: %+v", ext)
	}
	ask["knowledge_id"] = app.NewID()
	var e struct {
		Code int `json:"error_code"`
	}
	r.call("POST", "/retrieval", ask, 404).into(t, &e)
	if e.Code != 2001 {
		t.Errorf("a knowledge that is not there: %d, want 2001", e.Code)
	}
}

func TestDataset_anotherSystemsKnowledgeIsSearched(t *testing.T) {
	r := newDatasetRig(t)
	home := r.object("POST", "/datasets", object{"name": "Home", "indexing_technique": "economy"})["id"].(string)
	made := r.object("POST", "/datasets/"+home+"/document/create-by-text", object{"name": "travel", "text": guide, "process_rule": byParagraph})
	r.indexed(home, made["batch"].(string))
	api := &app.ExternalAPI{Name: "other", Endpoint: r.url}
	if err := r.know.SetExternalAPI(r.ctx, api, r.key); err != nil {
		t.Fatal(err)
	}
	far := r.object("POST", "/datasets", object{"name": "Far", "provider": "external", "external_knowledge_api_id": api.ID, "external_knowledge_id": home})["id"].(string)
	got := r.object("POST", "/datasets/"+far+"/retrieve", object{"query": "Shanghai hotel", "external_retrieval_model": object{"top_k": 2, "score_threshold": 0, "score_threshold_enabled": false}})
	if s := mustJSON(t, got["records"]); !strings.Contains(s, "480 yuan") {
		t.Errorf("found %s", s)
	}
	if err := r.know.SetExternalAPI(r.ctx, api, "dataset-wrong-key"); err != nil {
		t.Fatal(err)
	}
	if a := r.do("POST", "/datasets/"+far+"/retrieve", r.key, object{"query": "hotel"}); a.status < 400 || !strings.Contains(string(a.body), "refuses the key") {
		t.Errorf("with a wrong key: %d %s", a.status, a.body)
	}
	if a := r.do("POST", "/datasets/"+far+"/document/create-by-text", r.key, object{"name": "x", "text": "y"}); a.status != 400 {
		t.Errorf("adding a document to another system's dataset: %d %s", a.status, a.body)
	}
}

func TestDataset_refusals(t *testing.T) {
	r := newDatasetRig(t)
	_, appKey := r.publish(app.Settings{})
	id := r.object("POST", "/datasets", object{"name": "Handbook"})["id"].(string)
	ds := "/datasets/" + id
	for _, tc := range []struct {
		name, method, path, key string
		body                    any
		status                  int
		code                    string
	}{
		{"no key", "GET", "/datasets", "", nil, 401, "unauthorized"},
		{"an app's key", "GET", "/datasets", appKey, nil, 401, "unauthorized"},
		{"a dataset key for an app", "GET", "/parameters", r.key, nil, 401, "unauthorized"},
		{"a name twice", "POST", "/datasets", r.key, object{"name": "Handbook"}, 409, "dataset_name_duplicate"},
		{"no name", "POST", "/datasets", r.key, object{}, 400, "invalid_param"},
		{"a model that is not there", "POST", "/datasets", r.key, object{"name": "x", "indexing_technique": "high_quality", "embedding_model": "none"}, 400, "invalid_param"},
		{"no id", "GET", "/datasets/abc", r.key, nil, 404, "not_found"},
		{"nobody's document", "GET", ds + "/documents/" + string(app.NewID()), r.key, nil, 404, "not_found"},
		{"an unknown form", "POST", ds + "/document/create-by-text", r.key, object{"name": "a", "text": "b", "doc_form": "poem"}, 400, "invalid_param"},
		{"an empty text", "POST", ds + "/document/create-by-text", r.key, object{"name": "a", "text": " "}, 400, ""},
		{"an unknown action", "PATCH", ds + "/documents/status/burn", r.key, object{"document_ids": []string{}}, 400, "invalid_action"},
		{"a long question", "POST", ds + "/retrieve", r.key, object{"query": strings.Repeat("a", 251)}, 400, "invalid_param"},
	} {
		if a := r.do(tc.method, tc.path, tc.key, tc.body); a.status != tc.status || tc.code != "" && a.code() != tc.code {
			t.Errorf("%s: %d %s, want %d %s", tc.name, a.status, a.body, tc.status, tc.code)
		}
	}
	if a := r.form("POST", ds+"/document/create-by-file", "film.mp4", "x", "{}"); a.status != 415 {
		t.Errorf("a film: %d %s", a.status, a.body)
	}
	if a := r.form("POST", ds+"/document/create-by-file", "", "", "{}"); a.status != 400 || a.code() != "no_file_uploaded" {
		t.Errorf("no file: %d %s", a.status, a.body)
	}
	if _, err := r.know.Update(r.ctx, app.ID(id), func(d *app.Dataset) error { d.APIEnabled = false; return nil }); err != nil {
		t.Fatal(err)
	}
	if a := r.do("GET", ds, r.key, nil); a.status != 403 {
		t.Errorf("a dataset closed to the API: %d %s", a.status, a.body)
	}
}
