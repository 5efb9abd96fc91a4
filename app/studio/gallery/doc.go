// Package gallery is the templates that apps can begin with: finished apps in English and Chinese that run with any chat model.
//
// A template is a file in templates/. It is a Dify app file in short form: what people read stands there in both languages, as
// {en: …, zh: …}, so that one graph serves both and they cannot drift apart; where nodes stand is said by column and row (at);
// edges are lines ("ask:approve -> tell"); the model is left open. Template.App is the app of it in one language. To add a
// template, add a file and its name to the list in gallery.go.
package gallery
