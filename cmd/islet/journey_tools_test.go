package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// TestJourneyTools drives Chromium through the page of tools: an OpenAPI document and an MCP server are added and tried by mouse, and
// an agent that is given three tools of three kinds answers with what they said.
func TestJourneyTools_anAgentAnswersWithToolsOfThreeKinds(t *testing.T) {
	if os.Getenv("ISLET_E2E") == "" {
		t.Skip("run it with make e2e")
	}
	t.Setenv("ISLET_E2E", "")    // comes back for the other journeys
	_ = os.Unsetenv("ISLET_E2E") // islet refuses settings that it does not know
	bin, err := filepath.Abs("../../islet")
	if own := os.Getenv("E2E_BIN"); own != "" {
		bin, err = own, nil
		_ = os.Unsetenv("E2E_BIN")
	}
	if err != nil {
		t.Fatal(err)
	}
	shots := os.Getenv("SHOTS")
	if shots == "" {
		shots = t.TempDir()
	}
	model, parts, tickets := httptest.NewServer(http.HandlerFunc(threeCalls)), httptest.NewServer(http.HandlerFunc(stock)), httptest.NewServer(ticketServer())
	defer model.Close()
	defer parts.Close()
	defer tickets.Close()
	port := func(s *httptest.Server) string { u, _ := url.Parse(s.URL); return u.Port() } // of our own server
	p := serve(t, bin, filepath.Join(t.TempDir(), "data"), "--loopback", port(parts)+","+port(tickets))
	cmd := exec.Command("node", "e2e/tools.mjs")
	cmd.Dir = "../../assets/ui"
	cmd.Env = append(os.Environ(), "BASE_URL="+p.url, "SETUP_URL="+p.url+"/setup?code="+p.code, "MODEL_URL="+model.URL+"/v1", "PARTS_URL="+parts.URL, "MCP_URL="+tickets.URL, "SHOTS="+shots)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Fatalf("journey: %v\n%s", err, out.String())
	}
	t.Log(strings.TrimSpace(out.String()))
	if err := p.stop(); err != nil {
		t.Error(err)
	}
}

// stock is a server of spare parts that describes itself.
func stock(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	switch {
	case r.URL.Path == "/openapi.json":
		_, _ = io.WriteString(w, `{"openapi":"3.1.0","info":{"title":"备件库存","description":"厂内备件的库存查询与领用","version":"2.1"},"servers":[{"url":"/"}],
			"components":{"securitySchemes":{"key":{"type":"apiKey","in":"header","name":"X-API-Key"}}},
			"paths":{"/parts/{id}":{"get":{"operationId":"get_part","summary":"查询备件库存","description":"按编号查询一个备件的现有库存和库位。","parameters":[{"name":"id","in":"path","required":true,"description":"备件编号，例如 P-7","schema":{"type":"string"}},
			{"name":"site","in":"query","description":"厂区","schema":{"type":"string","enum":["north","south"]}}]}},
			"/parts":{"get":{"operationId":"list_parts","summary":"列出备件","parameters":[{"name":"page","in":"query","schema":{"type":"integer","default":1}}]},
			"post":{"operationId":"add_part","summary":"新增备件","requestBody":{"required":true,"content":{"application/json":{"schema":{"type":"object","required":["name"],"properties":{"name":{"type":"string","description":"名称"},"count":{"type":"integer"}}}}}}}},
			"/parts/{id}/issue":{"post":{"operationId":"issue_part","summary":"领用备件","deprecated":true,"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}]}}}}`)
	case r.Header.Get("X-API-Key") != "kx-plant-7-secret":
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"error":"密钥无效"}`)
	default:
		_, _ = fmt.Fprintf(w, `{"id":%q,"name":"循环泵密封圈","stock":42,"shelf":"B-03"}`, strings.TrimPrefix(r.URL.Path, "/parts/"))
	}
}

func ticketServer() http.Handler {
	s := mcp.NewServer(&mcp.Implementation{Name: "tickets", Version: "1"}, nil)
	type in struct {
		Title string `json:"title" jsonschema:"工单标题"`
		Level string `json:"level,omitempty" jsonschema:"紧急程度"`
	}
	type out struct {
		Number string `json:"number"`
	}
	mcp.AddTool(s, &mcp.Tool{Name: "open_ticket", Title: "新建工单", Description: "在工单系统中新建一张维修工单。"}, func(context.Context, *mcp.CallToolRequest, in) (*mcp.CallToolResult, out, error) {
		return nil, out{Number: "WO-2026-118"}, nil
	})
	mcp.AddTool(s, &mcp.Tool{Name: "list_tickets", Title: "查询工单", Description: "按状态列出工单。", Annotations: &mcp.ToolAnnotations{ReadOnlyHint: true}}, func(context.Context, *mcp.CallToolRequest, struct{}) (*mcp.CallToolResult, any, error) {
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "没有未完成的工单"}}}, nil, nil
	})
	return mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return s }, &mcp.StreamableHTTPOptions{Stateless: true})
}

// threeCalls is a model that calls one tool after the other and then says what they said.
func threeCalls(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Stream   bool `json:"stream"`
		Messages []struct {
			Role    string `json:"role"`
			Content any    `json:"content"`
		} `json:"messages"`
		Tools []json.RawMessage `json:"tools"`
	}
	if strings.HasSuffix(r.URL.Path, "/models") {
		_, _ = io.WriteString(w, `{"data":[{"id":"scripted"}]}`)
		return
	}
	_ = json.NewDecoder(r.Body).Decode(&in)
	var said []string
	for _, m := range in.Messages {
		if m.Role == "tool" {
			said = append(said, fmt.Sprint(m.Content))
		}
	}
	calls := [][2]string{{"calculate", `{"expression":"42 * 19.9"}`}, {"get_part", `{"id":"P-7"}`}, {"open_ticket", `{"title":"更换密封圈"}`}}
	delta := map[string]any{"role": "assistant", "content": "总价与库存：" + strings.Join(said, "；")}
	finish := "stop"
	if len(in.Tools) > 0 && len(said) < len(calls) {
		c := calls[len(said)]
		delta = map[string]any{"role": "assistant", "tool_calls": []any{map[string]any{"index": 0, "id": fmt.Sprintf("call_%d", len(said)), "type": "function", "function": map[string]any{"name": c[0], "arguments": c[1]}}}}
		finish = "tool_calls"
	}
	if !in.Stream {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"choices": []any{map[string]any{"index": 0, "message": delta, "finish_reason": finish}}})
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	for _, c := range []map[string]any{{"index": 0, "delta": delta}, {"index": 0, "delta": map[string]any{}, "finish_reason": finish}} {
		raw, _ := json.Marshal(map[string]any{"id": "x", "object": "chat.completion.chunk", "choices": []any{c}}) // of plain values
		_, _ = fmt.Fprintf(w, "data: %s\n\n", raw)
	}
	_, _ = io.WriteString(w, "data: [DONE]\n\n")
}
