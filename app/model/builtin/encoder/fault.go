package encoder

import "islet/app"

// CodeFolder is the code of the error of a folder that cannot be used; its sentence names the file and what is wrong.
const CodeFolder = "model_folder_invalid"

// fault is the error of one file of a model's folder.
func fault(file, en, zh string, args ...any) *app.Error {
	t := app.Textf(en, zh, args...)
	return app.Errorf(app.Invalid, CodeFolder, "%[1]s: %[2]s", "%[1]s：%[3]s", file, t.En, t.Zh)
}
