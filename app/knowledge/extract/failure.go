package extract

import (
	"cmp"
	"path"
	"strings"

	"islet/app"
)

func unsupported(name, mime string) *app.Error {
	what := cmp.Or(strings.TrimPrefix(strings.ToLower(path.Ext(name)), "."), mime)
	if len(what) > 100 {
		what = what[:100]
	}
	return app.Errorf(app.Unsupported, "format_unsupported", "files of type %q cannot be read; convert it to PDF, DOCX or plain text",
		"无法读取 %q 类型的文件，请转换为 PDF、DOCX 或纯文本", what)
}

func unreadable(f string, err error) *app.Error {
	return app.Errorf(app.Invalid, "document_unreadable", "the file cannot be read as %s; it is damaged or has a wrong extension",
		"无法将文件作为 %s 读取：文件已损坏或扩展名有误", strings.ToUpper(f)).Because(err)
}

func encrypted() *app.Error {
	return app.Errorf(app.Invalid, "document_encrypted", "the document is protected by a password; remove the password and upload it again",
		"文档受密码保护，请取消密码后重新上传")
}

func tooMuchText() *app.Error {
	return tooLarge("more than %[1]d MB of text", "超过 %[1]d MB 的文字", maxText>>20)
}

func tooLarge(en, zh string, most int) *app.Error {
	return app.Errorf(app.TooLarge, "document_too_large", "the document holds "+en+"; split it into several", "文档含有"+zh+"，请拆分为多个文件", most)
}

func unsafe(en, zh string) *app.Error {
	return app.Errorf(app.Refused, "document_unsafe", "the document was not read because it could do harm: %[1]s", "为安全起见未读取此文档：%[2]s", en, zh)
}
