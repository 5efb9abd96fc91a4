package hook

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"islet/app"
	"islet/app/flow"
	"islet/app/tool"
	"islet/web/route"
)

// mcpRoutes are the addresses at which other programs call apps as tools: MCP over Streamable HTTP, without sessions, at Dify's
// address. Whoever knows an address may call it.
func (a *API) mcpRoutes(r *route.Router) {
	g := &route.Group{Router: r, Prefix: "/mcp", Auth: anybody}
	for _, method := range []string{"POST", "GET", "DELETE"} {
		route.Raw(g, method+" /server/{code}/mcp", a.serve, route.Public, route.Limit(bodyLimit))
	}
}

type serveIn struct {
	Code string `path:"code" json:"-"`
}

func (a *API) serve(ctx context.Context, w http.ResponseWriter, in *serveIn) error {
	served, err := a.Flow.Serve(ctx, in.Code)
	if err != nil {
		return err
	}
	server := mcp.NewServer(&mcp.Implementation{Name: served.Tool.Name, Title: served.Name, Version: "1"}, nil)
	open := make([]*tool.Param, len(served.Tool.Params))
	for i := range served.Tool.Params {
		open[i] = &served.Tool.Params[i]
	}
	server.AddTool(&mcp.Tool{Name: served.Tool.Name, Title: served.Name, Description: served.Tool.Description, InputSchema: tool.Schema(open)},
		func(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return call(app.WithScope(ctx, served.Scope), served, req.Params.Arguments)
		})
	handler := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, &mcp.StreamableHTTPOptions{
		Stateless: true, JSONResponse: true, MaxRequestBodyBytes: bodyLimit,
		DisableLocalhostProtection: true, // behind a proxy on this machine the Host is the site's; the code in the address keeps strangers out
	})
	handler.ServeHTTP(w, route.Request(ctx).WithContext(ctx))
	return nil
}

// call runs the app. What goes wrong there is a result that says so, as the protocol wants it: the model that called reads it.
func call(ctx context.Context, served *flow.Served, raw json.RawMessage) (*mcp.CallToolResult, error) {
	args := map[string]any{}
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &args); err != nil {
			return failed(ctx, app.Errorf(app.Invalid, "tool_args_invalid", "the arguments are no object: %s", "参数不是对象：%s", err)), nil
		}
	}
	res, err := served.Tool.Call(ctx, args)
	if err != nil {
		return failed(ctx, err), nil
	}
	out := &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: res.Text}}}
	if len(res.JSON) == 1 {
		out.StructuredContent = res.JSON[0]
	}
	return out, nil
}

func failed(ctx context.Context, err error) *mcp.CallToolResult {
	e := app.AsError(err)
	return &mcp.CallToolResult{IsError: true, Content: []mcp.Content{&mcp.TextContent{Text: e.Text.In(app.ScopeOf(ctx).Lang)}}}
}
