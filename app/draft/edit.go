package draft

import (
	"context"
	"strings"

	"islet/app"
	"islet/app/value"
	"islet/app/workflow"
	"islet/store"
)

// Edit gives a variable of the scope's end user another value, of the type that it had. What the node made is remembered for
// Revert. Where the app defines the variable, as it does those of a conversation, def has its type, and its first value for one
// that no try has left yet.
func Edit(ctx context.Context, db *store.DB, secrets []string, node, name string, def *app.ConvVariable, val any) (*Variable, error) {
	return change(ctx, db, secrets, node, name, def, func(v *store.DraftVariable) error {
		typ := v.Type
		if def != nil {
			typ = def.Type
		}
		if !Fits(typ, val) {
			return app.Errorf(app.Invalid, "variable_wrong_type", "%q is of the type %s; give it a value of that type", "“%s”的类型为 %s；请填写该类型的值", name, typ)
		}
		raw, err := value.Encode(val)
		if err != nil {
			return err
		}
		if len(raw) > MaxValue {
			return app.Errorf(app.TooLarge, "variable_too_large", "the value takes %d KB; at most %d KB are kept", "值的大小为 %d KB；最多保留 %d KB", len(raw)>>10, MaxValue>>10)
		}
		if len(v.Sealed) > 0 {
			return app.Errorf(app.Conflict, "variable_secret", "%q holds a secret and is shown starred; change the environment variable instead", "“%s”包含密钥，仅以星号显示；请改为修改环境变量", name)
		}
		if v.Original == nil && v.Value != nil {
			v.Original = []byte("[" + string(v.Value) + "]")
		}
		v.Type = value.Type(val)
		hold(db, v, raw, nil)
		return nil
	})
}

// Revert gives a variable the value back that its node made. One that nobody changed stays.
func Revert(ctx context.Context, db *store.DB, secrets []string, node, name string) (*Variable, error) {
	return change(ctx, db, secrets, node, name, nil, func(v *store.DraftVariable) error {
		if v.Original == nil {
			return nil
		}
		was, err := value.Decode(v.Original)
		if err != nil {
			return err
		}
		list, _ := value.List(was)
		if len(list) != 1 {
			return nil
		}
		raw, err := value.Encode(list[0])
		if err != nil {
			return err
		}
		v.Type, v.Original = value.Type(list[0]), nil
		hold(db, v, raw, nil)
		return nil
	})
}

func change(ctx context.Context, db *store.DB, secrets []string, node, name string, def *app.ConvVariable, set func(*store.DraftVariable) error) (*Variable, error) {
	var v *store.DraftVariable
	err := db.Update(ctx, func(tx *store.Tx) (err error) {
		v, err = tx.DraftVariable(node, name)
		if def != nil && app.KindOf(err) == app.NotFound {
			v, err = first(node, def)
		}
		if err != nil {
			return err
		}
		if err := set(v); err != nil {
			return err
		}
		v.UpdatedAt = tx.Now()
		if node == workflow.Conversation {
			if err := remind(tx, v); err != nil {
				return err
			}
		}
		return tx.PutDraftVariable(v)
	})
	if err != nil {
		return nil, err
	}
	return shown(db, v, secrets, 0)
}

// first is a variable as the app defines it.
func first(node string, def *app.ConvVariable) (*store.DraftVariable, error) {
	raw, err := value.Encode(def.Value)
	return &store.DraftVariable{Node: node, Name: def.Name, Type: value.Type(def.Value), Size: len(raw), Value: raw}, err
}

// remind writes a variable of the conversation into the conversation that it is from, so that its next turn has it too.
func remind(tx *store.Tx, v *store.DraftVariable) error {
	at, err := tx.DraftVariable(workflow.System, "conversation_id")
	if app.KindOf(err) == app.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	id, _ := value.Decode(at.Value)
	conversation, _ := id.(string)
	known, err := tx.ConversationVariables(app.ID(conversation))
	if err != nil {
		return err
	}
	for _, k := range known {
		if k.Name != v.Name {
			continue
		}
		if k.Value, err = value.Decode(v.Value); err != nil {
			return err
		}
		return tx.PutConversationVariables(app.ID(conversation), k)
	}
	return nil
}

// Reset forgets all that the scope's end user's tries left; of one node, if it is named.
func Reset(ctx context.Context, db *store.DB, node string) error {
	return db.Update(ctx, func(tx *store.Tx) error { return tx.ForgetDraft(node) })
}

// Fits tells whether a value may stand where the type is wanted. Whole and other numbers are one type, null fits everywhere but
// for texts, numbers and booleans, and an empty list fits every kind of list.
func Fits(typ string, v any) bool {
	got := value.Type(v)
	number := func(t string) bool { return t == "number" || t == "integer" || t == "float" }
	switch {
	case typ == "" || typ == "any" || typ == "none" || got == typ || typ == "secret" && got == "string":
		return true
	case number(typ):
		return number(got)
	case !strings.HasPrefix(typ, "array"):
		return v == nil && (typ == "object" || typ == "file")
	}
	list, ok := value.List(v)
	if !ok {
		return false
	}
	want := strings.TrimSuffix(strings.TrimPrefix(typ, "array["), "]")
	for _, e := range list {
		if want != "any" && want != typ && !Fits(want, e) {
			return false
		}
	}
	return true
}
