package service

import (
	"context"
	"encoding/json"

	"islet/app"
	"islet/app/chat"
	"islet/app/studio"
	"islet/app/value"
	"islet/store"
)

type none struct{}

type infoOut struct {
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Tags        []string `json:"tags"`
	Mode        app.Mode `json:"mode"`
	Author      string   `json:"author_name"`
}

func (a *API) info(ctx context.Context, _ *none) (*infoOut, error) {
	rel, err := a.release(ctx)
	if err != nil {
		return nil, err
	}
	out := &infoOut{Name: rel.App.Name, Description: rel.App.Description, Tags: rel.App.Tags, Mode: rel.App.Mode}
	err = a.DB.View(ctx, func(s *store.Snapshot) error {
		u, err := s.Member(rel.App.CreatedBy)
		if err == nil {
			out.Author = u.Name
		}
		if app.KindOf(err) == app.NotFound {
			return nil // the author has left
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

type metaOut struct {
	ToolIcons map[string]string `json:"tool_icons"`
}

func (a *API) meta(ctx context.Context, _ *none) (*metaOut, error) {
	if _, err := a.release(ctx); err != nil {
		return nil, err
	}
	return &metaOut{ToolIcons: map[string]string{}}, nil // the tools of islet have no icons
}

type siteOut struct {
	Title              string  `json:"title"`
	ColorTheme         string  `json:"chat_color_theme"`
	ColorThemeInverted bool    `json:"chat_color_theme_inverted"`
	IconType           string  `json:"icon_type"`
	Icon               string  `json:"icon"`
	IconBackground     string  `json:"icon_background"`
	IconURL            *string `json:"icon_url"`
	Description        string  `json:"description"`
	Copyright          string  `json:"copyright"`
	PrivacyPolicy      string  `json:"privacy_policy"`
	Placeholder        *string `json:"input_placeholder"`
	Disclaimer         string  `json:"custom_disclaimer"`
	Language           string  `json:"default_language"`
	ShowSteps          bool    `json:"show_workflow_steps"`
	AnswerIcon         bool    `json:"use_icon_as_answer_icon"`
}

func (a *API) site(ctx context.Context, _ *none) (*siteOut, error) {
	rel, err := a.release(ctx)
	if err != nil {
		return nil, err
	}
	site := &rel.App.Site
	out := &siteOut{Title: site.Title, IconType: "emoji", Icon: rel.App.Icon, IconBackground: rel.App.IconColor, Description: site.Description,
		Copyright: site.Copyright, Disclaimer: site.Disclaimer, Language: "en-US", ShowSteps: site.ShowSteps, AnswerIcon: true}
	if site.Lang == app.Chinese {
		out.Language = "zh-Hans" // Dify's name for it
	}
	if site.Placeholder != "" {
		out.Placeholder = &site.Placeholder
	}
	return out, nil
}

type endUserIn struct {
	ID app.ID `path:"end_user_id" json:"-"`
}

type endUserOut struct {
	ID        app.ID  `json:"id"`
	Tenant    app.ID  `json:"tenant_id"`
	App       app.ID  `json:"app_id"`
	Type      string  `json:"type"`
	External  *string `json:"external_user_id"`
	Name      *string `json:"name"`
	Anonymous bool    `json:"is_anonymous"`
	Session   string  `json:"session_id"`
	CreatedAt string  `json:"created_at"`
	UpdatedAt string  `json:"updated_at"`
}

func (a *API) endUser(ctx context.Context, in *endUserIn) (*endUserOut, error) {
	var u *app.EndUser
	err := a.DB.View(ctx, func(s *store.Snapshot) (err error) { u, err = s.EndUser(in.ID); return err })
	if app.KindOf(err) == app.NotFound {
		return nil, app.Errorf(app.NotFound, "end_user_not_found", "End user not found.", "终端用户不存在。").Because(err)
	}
	if err != nil {
		return nil, err
	}
	out := &endUserOut{ID: u.ID, Tenant: app.ScopeOf(ctx).Workspace, App: u.App, Type: "service-api", External: &u.Name, Anonymous: u.Name == nobody,
		Session: u.Name, CreatedAt: date(u.CreatedAt), UpdatedAt: date(u.CreatedAt)}
	if u.Source == app.FromSite {
		out.Type = "browser"
	}
	return out, nil
}

type enabled struct {
	Enabled bool `json:"enabled"`
}

type speaking struct {
	Enabled  bool   `json:"enabled"`
	Voice    string `json:"voice"`
	Language string `json:"language"`
	AutoPlay string `json:"autoPlay"`
}

func speakingOf(s *app.Speech) speaking {
	auto := "disabled"
	if s.AutoPlay {
		auto = "enabled"
	}
	return speaking{Enabled: s.Speak, Voice: s.Voice, Language: s.Language, AutoPlay: auto}
}

type field struct {
	Label     string   `json:"label"`
	Variable  string   `json:"variable"`
	Type      string   `json:"type"`
	Required  bool     `json:"required"`
	Hide      bool     `json:"hide"`
	Default   any      `json:"default"`
	MaxLength int      `json:"max_length,omitempty"`
	Options   []string `json:"options"`
	Help      string   `json:"description"`
}

type images struct {
	Enabled bool     `json:"enabled"`
	Limit   int      `json:"number_limits"`
	Detail  string   `json:"detail"`
	Methods []string `json:"transfer_methods"`
}

type uploads struct {
	Enabled    bool     `json:"enabled"`
	Kinds      []string `json:"allowed_file_types"`
	Extensions []string `json:"allowed_file_extensions"`
	Methods    []string `json:"allowed_file_upload_methods"`
	Limit      int      `json:"number_limits"`
	Image      images   `json:"image"`
}

type limits struct {
	File     int `json:"file_size_limit"` // all in MB
	Image    int `json:"image_file_size_limit"`
	Audio    int `json:"audio_file_size_limit"`
	Video    int `json:"video_file_size_limit"`
	Workflow int `json:"workflow_file_upload_limit"`
}

type parametersOut struct {
	Opening    string           `json:"opening_statement"`
	Suggested  []string         `json:"suggested_questions"`
	FollowUp   enabled          `json:"suggested_questions_after_answer"`
	Listening  enabled          `json:"speech_to_text"`
	Speaking   speaking         `json:"text_to_speech"`
	Citations  enabled          `json:"retriever_resource"`
	Annotation enabled          `json:"annotation_reply"`
	MoreLike   enabled          `json:"more_like_this"`
	Moderation enabled          `json:"sensitive_word_avoidance"`
	Form       []map[string]any `json:"user_input_form"`
	Files      uploads          `json:"file_upload"`
	System     limits           `json:"system_parameters"`
}

func (a *API) parameters(ctx context.Context, _ *none) (*parametersOut, error) {
	rel, err := a.release(ctx)
	if err != nil {
		return nil, err
	}
	if err := rel.Ready(); err != nil {
		return nil, err
	}
	set := rel.Settings
	fields := form(set.Variables)
	if studio.HasGraph(rel.App.Mode) {
		fields = startForm(set.Graph)
	}
	annotated, err := a.annotated(ctx)
	if err != nil {
		return nil, err
	}
	heard := set.Speech
	if heard == nil {
		heard = &app.Speech{}
	}
	return &parametersOut{
		Annotation: enabled{annotated},
		Opening:    set.Opening, Suggested: some(set.Suggested), FollowUp: enabled{set.FollowUp.Enabled}, Listening: enabled{heard.Listen}, Speaking: speakingOf(heard),
		Citations: enabled{set.Cites()}, Moderation: enabled{set.Moderation != nil}, Form: fields, Files: uploadsOf(&set.Files),
		System: limits{File: chat.MaxDocument >> 20, Image: chat.MaxImage >> 20, Audio: chat.MaxOther >> 20, Video: chat.MaxOther >> 20, Workflow: 10},
	}, nil
}

// startForm are the fields of a graph's start node as the file has them, under their type, with what clients rely on.
func startForm(graph json.RawMessage) []map[string]any {
	out := []map[string]any{}
	for _, f := range studio.StartFields(graph) {
		kind, _ := f.Get("type")
		typ, _ := kind.(string)
		for _, d := range []struct {
			key string
			def any
		}{{"label", at(f, "variable")}, {"required", false}, {"hide", false}, {"default", defaultOf(typ)}, {"options", []any{}}} {
			if v, ok := f.Get(d.key); !ok || v == nil {
				f.Set(d.key, d.def)
			}
		}
		out = append(out, map[string]any{typ: f})
	}
	return out
}

func at(o *value.Object, key string) any {
	v, _ := o.Get(key)
	return v
}

// defaultOf is what a field without a default begins with: text with none.
func defaultOf(typ string) any {
	switch typ {
	case "text-input", "paragraph", "select":
		return ""
	}
	return nil
}

func some(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func form(vars []app.Variable) []map[string]any {
	out := []map[string]any{}
	for i := range vars {
		v := &vars[i]
		f := field{Label: studio.LabelOf(v), Variable: v.Name, Type: studio.FormKind(v.Kind), Required: v.Required, Hide: v.Hidden, Default: v.Default,
			MaxLength: studio.MaxLength(v), Options: v.Options, Help: v.Help}
		if f.Default == nil && v.Kind != "number" && v.Kind != "checkbox" {
			f.Default = ""
		}
		if f.Options == nil {
			f.Options = []string{}
		}
		out = append(out, map[string]any{f.Type: f})
	}
	return out
}

// limitOf is how many files go with a question or a run.
func limitOf(in *app.FileInput) int {
	if in.Max == 0 {
		return 3
	}
	return in.Max
}

func uploadsOf(in *app.FileInput) uploads {
	u := uploads{Enabled: in.Enabled, Kinds: some(in.Kinds), Extensions: []string{}, Methods: in.Methods, Limit: limitOf(in)}
	if len(u.Methods) == 0 {
		u.Methods = studio.FileMethods
	}
	u.Image = images{Limit: u.Limit, Detail: in.Detail, Methods: u.Methods}
	if u.Image.Detail == "" {
		u.Image.Detail = "high"
	}
	for _, k := range in.Kinds {
		u.Image.Enabled = u.Image.Enabled || in.Enabled && k == "image"
	}
	return u
}
