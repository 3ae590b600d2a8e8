// Package chat turns a conversation into the one text that a model was trained to read, with the model's own chat template.
//
// A chat template is a program in the template language Jinja that comes with a model's tokenizer. [Load] finds it in a model's
// folder, [Template.Render] runs it as Python does: to the byte the text that the library transformers gives for the same
// messages. What of Jinja or Python this package does not render is refused by its name ([ErrUnsupported]), when the template is
// loaded or when a conversation leads there; nothing is rendered by guess. A model without a template gets the contents of the
// messages, joined with newlines.
//
// The text holds its special tokens. Encode it with a tokenizer that adds none:
//
//	tok, err := tokenizer.Load(folder + "/tokenizer.json")
//	...
//	tok, err = tok.With(tokenizer.Options{NoSpecialTokens: true})
//	template, err := chat.Load(folder)
//	...
//	text, err := template.Render(messages, false)
//	...
//	ids, err := tok.Encode(nil, text)
//
// What is rendered: if, for, set, macro, generation, break, continue and comments; all white-space control, with trim_blocks and
// lstrip_blocks; all operators but ** and % on texts; slices; namespaces; range, raise_exception and strftime_now; the filters,
// tests and methods that chat templates use. Not: tags that read files (include, import, extends); the text of lists and dicts
// but through tojson; upper and lower case beyond ASCII. Messages have a role and a content, both texts: there are no tools,
// images or documents here, and the branches of a template that deal with them may hold anything.
//
// Of 70 templates of models in use, each with 11 conversations, 66 came out whole and equal, and 4 are refused by name. Of 12 000
// templates made at random, none differed from Python.
//
// A template is a program by a stranger. It reads no files, sees nothing but the conversation, the special tokens and the time, and
// ends: after 2 million steps, 512 MiB copied, 64 MiB of text, or 50 calls inside one another it is stopped with [ErrLimit]. A
// conversation of ten thousand turns takes some hundred thousand steps. A user's text may contain what looks like a special token,
// and the tokenizer will take it for one, as it does in Python: strip such text before if that matters.
package chat
