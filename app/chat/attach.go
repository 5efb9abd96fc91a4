package chat

import (
	"net/url"
	"path"
	"slices"
	"strings"

	"islet/app"
	"islet/store"
)

const defaultFiles = 3 // files a message, where the app does not say

// CheckFiles tells whether an app takes these files beside its inputs, by their number, their kinds and the ways they come in.
func CheckFiles(in *app.FileInput, files []app.Attachment) error {
	if err := checkFiles(in, files); err != nil {
		return err
	}
	for i := range files {
		if len(in.Kinds) > 0 && !slices.Contains(in.Kinds, files[i].Kind) && !slices.Contains(in.Kinds, "custom") {
			return kindOff(in, &files[i])
		}
	}
	return nil
}

func kindOff(in *app.FileInput, a *app.Attachment) error {
	return app.Errorf(app.Invalid, "file_kind_off", "%[1]q is of a kind that this app does not take; it takes: %[2]s", "此应用不接受“%[1]s”这类文件；可接受：%[2]s", a.Name, strings.Join(in.Kinds, ", "))
}

// checkFiles tells whether an app takes these attachments, without looking at what they hold.
func checkFiles(in *app.FileInput, files []app.Attachment) error {
	if len(files) == 0 {
		return nil
	}
	if !in.Enabled {
		return app.Errorf(app.Invalid, "files_off", "this app takes no files", "此应用不接受文件")
	}
	most := in.Max
	if most == 0 {
		most = defaultFiles
	}
	if len(files) > most {
		return app.Errorf(app.Invalid, "files_too_many", "a message takes at most %d files", "每条消息最多附带 %d 个文件", most)
	}
	for i := range files {
		if len(in.Methods) > 0 && !slices.Contains(in.Methods, files[i].Method) {
			return app.Errorf(app.Invalid, "file_method_off", "this app takes no files by %s", "此应用不支持以 %s 方式附加文件", files[i].Method)
		}
	}
	return nil
}

// attach completes attachments: local ones from their rows, which the scope must be allowed to see, links from themselves. The
// nodes of a graph read more formats than a model does. in may be nil: any kind.
func attach(s *store.Snapshot, in *app.FileInput, files []app.Attachment, graph bool) ([]app.Attachment, error) {
	out := make([]app.Attachment, len(files))
	for i, a := range files {
		a.ID = app.NewID()
		switch a.Method {
		case "local_file":
			f, err := s.File(a.File)
			if err != nil {
				return nil, err
			}
			a.Kind, a.Name, a.Size, a.MIME, a.URL = KindOf(f.MIME), f.Name, f.Size, f.MIME, ""
			if graph {
				a.URL = FileURL(f.ID)
			}
		case "remote_url":
			if err := link(&a); err != nil {
				return nil, err
			}
		default:
			return nil, app.Errorf(app.Invalid, "file_method_unknown", "%q is no way to attach a file; use local_file or remote_url", "未知的附加方式 %q；请使用 local_file 或 remote_url", a.Method)
		}
		if in != nil && !slices.Contains(in.Kinds, a.Kind) && !(graph && (len(in.Kinds) == 0 || slices.Contains(in.Kinds, "custom"))) {
			return nil, kindOff(in, &a)
		}
		if !graph && a.Kind == "document" && !readable(&a) {
			return nil, app.Errorf(app.Invalid, "file_unreadable", "%q cannot be read in a chat; attach text (txt, md, csv, json, html, xml) or paste the passage", "对话中暂不能读取“%s”；请附加文本文件（txt、md、csv、json、html、xml）或直接粘贴内容", a.Name)
		}
		out[i] = a
	}
	return out, nil
}

// readable tells whether a document's bytes are text that a model can be given as it is. A link is not fetched.
func readable(a *app.Attachment) bool {
	mime, _, _ := strings.Cut(a.MIME, ";")
	return a.Method == "local_file" && (strings.HasPrefix(mime, "text/") || mime == "application/json" || mime == "application/xml")
}

// link checks a remote_url attachment. Nothing is fetched: the link is passed to the model as it is.
func link(a *app.Attachment) error {
	u, err := url.Parse(a.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || len(a.URL) > 4096 {
		return app.Errorf(app.Invalid, "file_url_invalid", "the link to a file must begin with http:// or https://", "文件链接必须以 http:// 或 https:// 开头")
	}
	a.File, a.Size, a.MIME = "", -1, ""
	if a.Name = path.Base(u.Path); a.Name == "." || a.Name == "/" {
		a.Name = u.Host
	}
	return nil
}
