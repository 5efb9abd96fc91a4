// Package jinja renders Jinja2 templates as Python's Jinja2 3.1 does.
//
// Dify's template nodes and prompts are rendered by the Python library, so what it writes is what people expect: 1.0, True,
// ['a'], ensure_ascii JSON, a slice by characters, an error for an attribute of nothing. Our goldens are made by it.
//
// The library github.com/nikolalohinski/gonja was tried first. It keeps None and undefined in one value, turns text into 0 in
// arithmetic, has other operator precedence and no tuples, and its evaluator cannot be replaced from outside: of 269 templates
// whose output is known, it renders 113 as Jinja2 does. A tree-walking interpreter of our own is about as long as the patches would have been, and it counts
// steps and bytes, so that a template of a stranger always ends.
//
// What a template can touch is the values it is given and the text it writes. There is no loader, hence no file is ever
// opened; Go methods and Python's underscored attributes do not exist here. Values are copied before the template sees them.
//
// What differs from Jinja2 is listed in README.md.
package jinja
