package node

import (
	"slices"
	"strings"

	"islet/app"
	"islet/app/value"
)

// toolFile is the method of files that a tool made, which no setting keeps out; otherKind the kind of files that are of none.
const (
	toolFile  = "tool_file"
	otherKind = "custom"
)

// files wants a file, or a list of files, of the kinds that are allowed. The text "" is none.
func (v *variable) files(x any) (any, error) {
	if x == "" {
		return nil, nil //nolint:nilnil // null is a value of an optional input
	}
	if v.Type == oneFile {
		f, ok := x.(app.Attachment)
		if !ok {
			return nil, v.invalid("input_not_a_file", "%q must be a file", "“%s”必须是文件")
		}
		return f, v.allows(&f)
	}
	list, ok := value.List(x)
	if !ok {
		return nil, v.invalid("input_not_files", "%q must be a list of files", "“%s”必须是文件列表")
	}
	if v.MaxLength > 0 && len(list) > v.MaxLength {
		return nil, v.invalid("input_too_many_files", "%q takes at most %d files", "“%s”最多 %d 个文件", v.MaxLength)
	}
	files := make([]app.Attachment, len(list))
	for i, e := range list {
		if files[i], ok = e.(app.Attachment); !ok {
			return nil, v.invalid("input_not_files", "%q must be a list of files", "“%s”必须是文件列表")
		}
		if err := v.allows(&files[i]); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// allows checks a file against the kinds, extensions and ways of upload that are allowed.
func (v *variable) allows(f *app.Attachment) error {
	if f.Method == toolFile {
		return nil
	}
	listed := f.Kind != otherKind && slices.Contains(v.Kinds, f.Kind)
	if len(v.Kinds) > 0 && !listed && !v.allowsExtension(f.Name) {
		return v.invalid("input_file_kind", "%q does not take files like %q", "“%s”不接受“%s”这类文件", f.Name)
	}
	if len(v.Methods) > 0 && !slices.Contains(v.Methods, f.Method) {
		return v.invalid("input_file_method", "%q does not take files that come by %s", "“%s”不接受通过 %s 方式提供的文件", f.Method)
	}
	return nil
}

// allowsExtension tells whether files of other kinds may be given, and this one is of an extension that is listed.
func (v *variable) allowsExtension(name string) bool {
	if !slices.Contains(v.Kinds, otherKind) {
		return false
	}
	if v.Extensions == nil {
		return true
	}
	have := strings.TrimPrefix(value.Extension(name), ".")
	return slices.ContainsFunc(*v.Extensions, func(e string) bool { return strings.EqualFold(strings.TrimPrefix(e, "."), have) })
}
