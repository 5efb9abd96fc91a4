package toolbox

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/modelcontextprotocol/go-sdk/oauthex"
	"golang.org/x/oauth2"

	"islet/app"
	"islet/store"
)

// grant is what an authorization server gave for a provider, with what is needed to renew it.
type grant struct {
	Client   string        `json:"client_id"`
	Secret   string        `json:"client_secret,omitempty"`
	TokenURL string        `json:"token_url"`
	Style    int           `json:"style"`
	Token    *oauth2.Token `json:"token"`
}

// asking is an authorization that waits for a person to come back from the authorization server.
type asking struct {
	provider app.ID
	user     app.ID
	answer   chan *auth.AuthorizationResult
	done     chan struct{}
	err      error // valid after done
}

// askFor is how long a person may take to authorize.
const askFor = 10 * time.Minute

// maxAsking is how many authorizations may wait.
const maxAsking = 20

var errAuthorized = errors.New("authorized") // ends the connection that was only made to be authorized

// Authorize begins the authorization of an MCP server, with a client registered on the spot or the one of the provider's
// settings, by PKCE. It returns the page to which the person goes; the server sends them back to callback: see Answer.
func (b *Box) Authorize(ctx context.Context, id app.ID, callback string) (string, error) {
	var p *app.ToolProvider
	err := b.DB.View(ctx, func(s *store.Snapshot) (err error) { p, err = s.ToolProvider(id); return err })
	if err != nil {
		return "", err
	}
	if p.Kind != app.ToolMCP || p.Config.Auth.Kind != app.OAuth {
		return "", app.Errorf(app.Invalid, "auth_invalid", "these tools are not authorized by OAuth", "该工具未使用 OAuth 授权")
	}
	o, err := b.unpack(ctx, p)
	if err != nil {
		return "", err
	}
	life, cancel := context.WithTimeout(context.WithoutCancel(ctx), askFor)
	ask := &asking{provider: id, user: app.ScopeOf(ctx).User, answer: make(chan *auth.AuthorizationResult, 1), done: make(chan struct{})}
	where := make(chan string, 1)
	var asked, granted atomic.Bool
	config := &auth.AuthorizationCodeHandlerConfig{
		RedirectURL: callback, Client: o.client, RequestRefreshToken: true, AcceptUnadvertisedIss: true,
		AuthorizationCodeFetcher: func(ctx context.Context, a *auth.AuthorizationArgs) (*auth.AuthorizationResult, error) {
			if asked.Swap(true) { // the SDK tries again after what ends the connection
				return nil, errAuthorized
			}
			state, err := b.wait(a.URL, ask)
			if err != nil {
				return nil, err
			}
			defer b.unwait(state)
			where <- a.URL
			select {
			case r := <-ask.answer:
				return r, nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		},
		NewTokenSource: func(ctx context.Context, c *oauth2.Config, t *oauth2.Token) (oauth2.TokenSource, error) {
			g := &grant{Client: c.ClientID, Secret: c.ClientSecret, TokenURL: c.Endpoint.TokenURL, Style: int(c.Endpoint.AuthStyle), Token: t}
			if err := b.keepGrant(life, id, g); err != nil {
				return nil, err
			}
			granted.Store(true)
			return nil, errAuthorized
		},
	}
	if len(p.Config.Auth.Scopes) > 0 {
		config.ScopeFilter = func([]string) []string { return p.Config.Auth.Scopes }
	}
	if p.Config.Auth.Client != "" {
		config.PreregisteredClient = &oauthex.ClientCredentials{ClientID: p.Config.Auth.Client}
		if o.secrets.Client != "" {
			config.PreregisteredClient.ClientSecretAuth = &oauthex.ClientSecretAuth{ClientSecret: o.secrets.Client}
		}
	} else {
		config.DynamicClientRegistrationConfig = &auth.DynamicClientRegistrationConfig{Metadata: &oauthex.ClientRegistrationMetadata{ClientName: "islet", RedirectURIs: []string{callback},
			GrantTypes: []string{"authorization_code", "refresh_token"}, ResponseTypes: []string{"code"}, TokenEndpointAuthMethod: "none"}}
	}
	handler, err := auth.NewAuthorizationCodeHandler(config)
	if err != nil {
		cancel()
		return "", err
	}
	go b.authorizing(life, cancel, o, ask, handler, &granted) // ends with the answer, or after askFor
	select {
	case u := <-where:
		return u, nil
	case <-ask.done:
		if ask.err == nil {
			ask.err = app.Errorf(app.Conflict, "oauth_needless", "%s asks for no authorization; choose none as its way of signing in", "%s 不要求授权；请将认证方式改为“无”", p.Config.URL)
		}
		return "", ask.err
	case <-ctx.Done():
		cancel()
		return "", ctx.Err()
	}
}

// authorizing connects for the sake of being refused: then the handler does the rest.
func (b *Box) authorizing(life context.Context, cancel func(), o *opened, ask *asking, handler auth.OAuthHandler, granted *atomic.Bool) {
	defer close(ask.done)
	defer cancel()
	defer o.client.CloseIdleConnections()
	client := mcp.NewClient(&mcp.Implementation{Name: "islet", Version: "1"}, &mcp.ClientOptions{Logger: b.Log, Capabilities: &mcp.ClientCapabilities{}})
	s, err := client.Connect(life, &mcp.StreamableClientTransport{Endpoint: o.provider.Config.URL, HTTPClient: o.client, OAuthHandler: handler, MaxRetries: -1, DisableStandaloneSSE: true}, nil)
	if err == nil {
		_ = s.Close() // it was only to be seen whether it opens
		return
	}
	var known *app.Error
	switch {
	case granted.Load():
		if _, err := b.Refresh(life, ask.provider); err != nil {
			ask.err = err
		}
	case errors.As(err, &known):
		ask.err = known
	default:
		ask.err = app.Errorf(app.Upstream, "oauth_failed", "the authorization failed: %s", "授权失败：%s", clip(err.Error(), 300)).Because(err)
	}
}

// wait puts an authorization among those that wait for a person, by the state in its address.
func (b *Box) wait(address string, ask *asking) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Query().Get("code_challenge") == "" {
		return "", app.Errorf(app.Refused, "oauth_refused", "the authorization server names a page that cannot be opened safely", "授权服务给出的页面地址不安全，已拒绝").Because(err)
	}
	state := u.Query().Get("state")
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.asking) >= maxAsking {
		return "", app.Errorf(app.Unavailable, "oauth_busy", "too many authorizations wait for people; try again in a few minutes", "等待授权的请求过多；请稍后再试")
	}
	b.asking[state] = ask
	return state, nil
}

func (b *Box) unwait(state string) {
	b.mu.Lock()
	delete(b.asking, state)
	b.mu.Unlock()
}

// Answer ends an authorization with what the authorization server sent the person back with, and returns the provider. Only who
// began it can; a state that nobody waits for is oauth_expired.
func (b *Box) Answer(ctx context.Context, state, code, iss, problem string) (app.ID, error) {
	b.mu.Lock()
	ask := b.asking[state]
	b.mu.Unlock()
	if ask == nil || state == "" || ask.user != app.ScopeOf(ctx).User {
		return "", app.Errorf(app.Refused, "oauth_expired", "nobody waits for this authorization any more; begin it again", "此授权请求已失效；请重新发起授权")
	}
	b.unwait(state)
	if problem != "" || code == "" {
		problem = clip(problem, 200)
		state = "" // ends what waits
		ask.answer <- &auth.AuthorizationResult{State: state}
		<-ask.done
		return ask.provider, app.Errorf(app.Upstream, "oauth_failed", "the authorization failed: %s", "授权失败：%s", problem)
	}
	ask.answer <- &auth.AuthorizationResult{Code: code, State: state, Iss: iss}
	select {
	case <-ask.done:
		return ask.provider, ask.err
	case <-ctx.Done():
		return ask.provider, ctx.Err()
	}
}

// keepGrant stores a grant of a provider.
func (b *Box) keepGrant(ctx context.Context, id app.ID, g *grant) error {
	err := b.DB.Update(ctx, func(tx *store.Tx) error {
		p, err := tx.ToolProvider(id)
		if err != nil {
			return err
		}
		s, err := b.unseal(p)
		if err != nil {
			return err
		}
		s.OAuth = g
		b.seal(p, s)
		return tx.UpdateToolProvider(p)
	})
	b.forget(id)
	return err
}

// tokens is the provider's token for each request, renewed when it has to be. A renewed one is stored.
func (b *Box) tokens(o *opened) func() (string, error) {
	p, g := o.provider, o.secrets.OAuth
	if g == nil {
		return func() (string, error) { return "", unauthorized(p, nil) }
	}
	client := *o.client
	client.Timeout = connectFor
	ctx := context.WithValue(context.Background(), oauth2.HTTPClient, &client)
	c := oauth2.Config{ClientID: g.Client, ClientSecret: g.Secret, Endpoint: oauth2.Endpoint{TokenURL: g.TokenURL, AuthStyle: oauth2.AuthStyle(g.Style)}}
	source := c.TokenSource(ctx, g.Token)
	var last atomic.Value
	last.Store(g.Token.AccessToken)
	return func() (string, error) {
		t, err := source.Token()
		var known *app.Error
		if errors.As(err, &known) {
			return "", known
		}
		if err != nil {
			return "", unauthorized(p, err)
		}
		if was := last.Swap(t.AccessToken); was != t.AccessToken {
			b.renewed(o.workspace, p, *g, t)
		}
		return t.AccessToken, nil
	}
}

// renewed stores a token that took the place of another. The provider stays open as it is.
func (b *Box) renewed(ws app.ID, p *app.ToolProvider, g grant, t *oauth2.Token) {
	g.Token = t
	ctx := app.WithScope(context.Background(), app.Scope{Workspace: ws})
	err := b.DB.Update(ctx, func(tx *store.Tx) error {
		now, err := tx.ToolProvider(p.ID)
		if err != nil {
			return err
		}
		s, err := b.unseal(now)
		if err != nil {
			return err
		}
		s.OAuth = &g
		b.seal(now, s)
		return tx.UpdateToolProvider(now)
	})
	if err != nil && !errors.Is(err, &app.Error{Kind: app.NotFound}) {
		b.Log.Warn("a renewed token cannot be stored", "provider", p.Name, "err", err)
	}
}

var _ http.RoundTripper = (*signed)(nil)
