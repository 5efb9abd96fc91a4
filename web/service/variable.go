package service

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"islet/app"
	"islet/app/value"
	"islet/store"
)

type variablesIn struct {
	ID     app.ID `path:"conversation_id" json:"-"`
	User   string `query:"user" json:"-"`
	LastID string `query:"last_id" json:"-"`
	Limit  int    `query:"limit" json:"-"`
	Name   string `query:"variable_name" json:"-"`
}

type variableOut struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	ValueType   string `json:"value_type"`
	Value       string `json:"value"` // JSON of what is no text
	Description string `json:"description"`
	CreatedAt   int64  `json:"created_at"`
	UpdatedAt   int64  `json:"updated_at"`
}

// variables lists what a chatflow keeps in a conversation; the conversations of other chat apps keep nothing, as in Dify.
func (a *API) variables(ctx context.Context, in *variablesIn) (*page[variableOut], error) {
	n, err := limit(in.Limit, 100)
	if err != nil {
		return nil, err
	}
	ctx, rel, err := a.enter(ctx, in.User)
	if err != nil {
		return nil, err
	}
	list, err := a.conversationVariables(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if in.Name != "" {
		list = slices.DeleteFunc(list, func(v store.ConversationVariable) bool { return v.Name != in.Name })
	}
	if in.LastID != "" {
		i := slices.IndexFunc(list, func(v store.ConversationVariable) bool { return v.ID == in.LastID })
		if i < 0 {
			return nil, app.Errorf(app.Invalid, "invalid_param", "last_id names no variable of this conversation", "last_id 不是此对话中的变量")
		}
		list = list[i+1:]
	}
	return cut(list, n, func(v store.ConversationVariable) variableOut { return newVariable(&v, rel.Settings) }), nil
}

func (a *API) conversationVariables(ctx context.Context, conversation app.ID) (list []store.ConversationVariable, err error) {
	err = a.DB.View(ctx, func(s *store.Snapshot) error {
		if _, err := s.Conversation(conversation); err != nil {
			return noConversation(err)
		}
		list, err = s.ConversationVariables(conversation)
		return err
	})
	return list, err
}

func newVariable(v *store.ConversationVariable, set *app.Settings) variableOut {
	out := variableOut{ID: v.ID, Name: v.Name, ValueType: v.Type, CreatedAt: v.CreatedAt.Unix(), UpdatedAt: v.UpdatedAt.Unix()}
	switch x := v.Value.(type) {
	case nil:
	case string:
		out.Value = x
	default:
		raw, _ := value.Encode(x) // it was read from JSON
		out.Value = string(raw)
	}
	if v.Type == "integer" || v.Type == "float" {
		out.ValueType = number
	}
	for i := range set.Conversation {
		if set.Conversation[i].ID == v.ID {
			out.Description = set.Conversation[i].Description
		}
	}
	return out
}

const number = "number" // Dify's word for both kinds, towards callers

type setVariableIn struct {
	ID       app.ID          `path:"conversation_id" json:"-"`
	Variable string          `path:"variable_id" json:"-"`
	Value    json.RawMessage `json:"value"`
	User     string          `json:"user"`
}

// setVariable writes a variable of a conversation; it stays of its type.
func (a *API) setVariable(ctx context.Context, in *setVariableIn) (*variableOut, error) {
	ctx, rel, err := a.enter(ctx, in.User)
	if err != nil {
		return nil, err
	}
	list, err := a.conversationVariables(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(list, func(v store.ConversationVariable) bool { return strings.EqualFold(v.ID, in.Variable) })
	if i < 0 {
		return nil, app.Errorf(app.NotFound, "not_found", "Conversation Variable Not Exists.", "对话变量不存在。")
	}
	v := &list[i]
	if len(in.Value) == 0 {
		return nil, app.Errorf(app.Invalid, "invalid_param", "value is missing", "缺少 value 参数")
	}
	if v.Value, err = a.variableValue(ctx, v, in.Value); err != nil {
		return nil, err
	}
	err = a.DB.Update(ctx, func(tx *store.Tx) error {
		v.UpdatedAt = tx.Now()
		return tx.PutConversationVariables(in.ID, *v)
	})
	if err != nil {
		return nil, noConversation(err)
	}
	out := newVariable(v, rel.Settings)
	return &out, nil
}

// variableValue reads a value for a variable and checks its type. Files are named as in inputs.
func (a *API) variableValue(ctx context.Context, v *store.ConversationVariable, raw json.RawMessage) (any, error) {
	x, err := value.Decode(raw)
	if err != nil {
		return nil, app.Errorf(app.Invalid, "invalid_param", "value is not valid JSON", "value 不是有效的 JSON").Because(err)
	}
	if v.Type == "file" || v.Type == "array[file]" {
		done, err := a.Chat.Inputs(ctx, map[string]any{"value": x})
		if err != nil {
			return nil, err
		}
		x = done["value"]
	}
	if !fits(x, v.Type) {
		return nil, app.Errorf(app.Invalid, "bad_request", "Type mismatch: variable '%s' expects %s, but got %s type", "类型不符：变量“%s”需要 %s，收到的是 %s", v.Name, kind(v.Type), kind(value.Type(x)))
	}
	return x, nil
}

// kind is a type with both kinds of number as one.
func kind(typ string) string {
	if typ == "integer" || typ == "float" {
		return number
	}
	return typ
}

// fits tells whether a value is of a variable's type.
func fits(x any, typ string) bool {
	elem, array := strings.CutPrefix(typ, "array[")
	if !array {
		return kind(value.Type(x)) == kind(strings.Replace(typ, "secret", "string", 1))
	}
	list, ok := value.List(x)
	if elem = strings.TrimSuffix(elem, "]"); elem == "any" {
		return ok
	}
	return ok && !slices.ContainsFunc(list, func(e any) bool { return kind(value.Type(e)) != kind(elem) })
}
