package provider

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"islet/app"
	"islet/app/model"
)

// azure is the OpenAI protocol behind Azure's addresses: the deployment is part of the path, and takes the place of the
// model's name.
type azure struct {
	openAI
	version string
}

const azureVersion = "2024-10-21" // the oldest stable version with stream_options

func newAzure(c *conn) model.Lister {
	v := c.endpoint.Options.APIVersion
	if v == "" {
		v = azureVersion
	}
	a := &azure{openAI{conn: c}, v}
	a.path = func(operation, name string) string {
		return c.base + "/deployments/" + url.PathEscape(name) + "/" + operation + "?api-version=" + url.QueryEscape(v)
	}
	return struct {
		model.Lister
		model.Chatter
		model.Embedder
	}{a, a, a}
}

func azureBase(u *url.URL) string {
	base := plainBase(u, "/chat/completions", "/embeddings")
	if i := strings.Index(base, "/deployments"); i > 0 {
		base = base[:i]
	}
	if !strings.HasSuffix(base, "/openai") {
		base += "/openai"
	}
	return base
}

func azureAuth(h http.Header, key string) {
	if key != "" {
		h.Set("Api-Key", key)
	}
}

// Models lists what the resource could deploy; deployments themselves are only known to Azure's management API.
func (a *azure) Models(ctx context.Context) ([]app.Model, error) {
	b, err := a.get(ctx, a.base+"/models?api-version="+url.QueryEscape(a.version))
	if err != nil {
		return nil, err
	}
	var ms []app.Model
	err = items(field(b, "data"), func(v []byte) bool {
		ms = append(ms, a.describe(app.Model{Name: str(field(v, "id"))}))
		return true
	})
	if err != nil {
		return nil, a.fail(model.CodeBadAnswer, err)
	}
	return ms, nil
}
