package chat

import (
	"fmt"
	"maps"
	"strings"
	"time"
	"unicode/utf8"
)

// Message is one turn of a conversation.
type Message struct {
	Role    string `json:"role"` // "system", "user", "assistant" or whatever else the template knows
	Content string `json:"content"`
}

// Template turns a conversation into the one text that a model was trained to read. It does not change and may be used by any
// number of goroutines at once. The nil Template writes the contents as plain lines.
type Template struct {
	nodes   []node
	globals map[string]value
	missing map[string]bool
	now     func() time.Time
}

// specialTokens are the variables that a tokenizer_config.json gives values to.
var specialTokens = []string{"bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"}

// Parse reads a template. tokens are the special tokens by their names in a tokenizer_config.json, such as "bos_token"; an empty
// one is known to be none. A template that prints one that is not there is refused when it does.
func Parse(source string, tokens map[string]string) (*Template, error) {
	if len(source) > maxSource {
		return nil, &LimitError{0, "bytes of template", maxSource}
	}
	if !utf8.ValidString(source) {
		return nil, &InvalidError{Reason: "the template is not UTF-8"}
	}
	nodes, err := parse(source)
	if err != nil {
		return nil, err
	}
	t := &Template{nodes: nodes, globals: map[string]value{"tools": nil, "documents": nil}, missing: map[string]bool{}, now: time.Now}
	for _, name := range specialTokens {
		switch token, known := tokens[name]; {
		case !known:
			t.missing[name] = true
		case token != "":
			t.globals[name] = token
		}
	}
	return t, nil
}

// maxSource is the greatest length of a template in bytes; the longest in use have some tens of thousands.
const maxSource = 1 << 20

// Options are what a caller may tell a template beside the conversation. The zero value tells nothing.
type Options struct {
	// Now is the time that strftime_now shows; nil means time.Now. A template that writes the date gives another text, and another
	// fingerprint, each day: set it to a fixed time where fingerprints are to be compared.
	Now func() time.Time
	// Variables are more names that the template may read, such as "enable_thinking": a bool, int, float64, string or nil each.
	Variables map[string]any
}

// With returns a template that follows the options and shares everything else with t. A variable of another type is an
// [ErrInvalid]. The nil Template has no use for options and stays nil.
func (t *Template) With(o Options) (*Template, error) {
	if t == nil {
		return nil, nil
	}
	changed := *t
	if o.Now != nil {
		changed.now = o.Now
	}
	changed.globals = maps.Clone(t.globals)
	for name, v := range o.Variables {
		switch v := v.(type) {
		case int:
			changed.globals[name] = int64(v)
		case nil, bool, float64, string:
			changed.globals[name] = v
		default:
			return nil, (&run{}).wrong(0, "variable %q is a %T; it may be a bool, int, float64, string or nil", name, v)
		}
	}
	return &changed, nil
}

// Render writes a conversation as the template wants it, with the head of the assistant's next turn behind if addGenerationPrompt
// says so. The text holds its special tokens already: encode it without adding more.
//
// The nil Template joins the contents with newlines, without roles, and has no head to add.
//
// Errors: [ErrRefused] where the template does not take the conversation, [ErrUnsupported], [ErrLimit], and [ErrInvalid] where
// Python would fail as well.
func (t *Template) Render(messages []Message, addGenerationPrompt bool) (string, error) {
	if t == nil {
		return plainLines(messages), nil
	}
	turns := make([]value, len(messages))
	for i, m := range messages {
		if !utf8.ValidString(m.Role) || !utf8.ValidString(m.Content) {
			return "", &InvalidError{Reason: fmt.Sprintf("message %d is not UTF-8", i)}
		}
		turn := newDict()
		turn.set("role", m.Role)
		turn.set("content", m.Content)
		turns[i] = turn
	}
	globals := maps.Clone(t.globals)
	globals["messages"] = &list{items: turns}
	globals["add_generation_prompt"] = addGenerationPrompt
	r := &run{out: new(strings.Builder), scope: &scope{}, globals: globals, missing: t.missing, now: t.now}
	if err := runAll(r, t.nodes); err != nil {
		return "", err
	}
	return r.out.String(), nil
}

func plainLines(messages []Message) string {
	lines := make([]string, len(messages))
	for i, m := range messages {
		lines[i] = m.Content
	}
	return strings.Join(lines, "\n")
}
