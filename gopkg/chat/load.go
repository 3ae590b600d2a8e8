package chat

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Load reads the chat template of a model folder: chat_template.jinja if it is there, else chat_template in
// tokenizer_config.json, of several the one called "default". A folder without either has no template: the result is nil, which
// Render takes for plain lines. The special tokens come from tokenizer_config.json and, where that lacks one, from
// special_tokens_map.json.
//
// A template that this package cannot render is an [ErrUnsupported]: at once if its tags or one of two short conversations show
// it, else when Render comes to the part.
func Load(folder string) (*Template, error) {
	var config, tokenMap map[string]json.RawMessage
	if err := readObject(filepath.Join(folder, "tokenizer_config.json"), &config); err != nil {
		return nil, err
	}
	source, found, err := templateSource(folder, config)
	if err != nil || !found {
		return nil, err
	}
	if err := readObject(filepath.Join(folder, "special_tokens_map.json"), &tokenMap); err != nil {
		return nil, err
	}
	tokens := map[string]string{}
	for _, name := range specialTokens {
		raw, known := config[name]
		if !known {
			raw, known = tokenMap[name]
		}
		if !known {
			continue
		}
		if tokens[name], err = tokenText(name, raw); err != nil {
			return nil, fmt.Errorf("%s: %w", folder, err)
		}
	}
	t, err := Parse(source, tokens)
	if err == nil {
		err = t.tryOut()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", folder, err)
	}
	return t, nil
}

// readObject leaves the object nil when there is no such file.
func readObject(path string, object *map[string]json.RawMessage) error {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("chat: %w", err)
	}
	if err := json.Unmarshal(data, object); err != nil {
		return &InvalidError{Reason: path + " is not a JSON object", Err: err}
	}
	return nil
}

func templateSource(folder string, config map[string]json.RawMessage) (source string, found bool, err error) {
	data, err := os.ReadFile(filepath.Join(folder, "chat_template.jinja"))
	if err == nil {
		return string(data), true, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", false, fmt.Errorf("chat: %w", err)
	}
	raw, found := config["chat_template"]
	if !found || string(raw) == "null" {
		return "", false, nil
	}
	if json.Unmarshal(raw, &source) == nil {
		return source, true, nil
	}
	var several []struct{ Name, Template string }
	if err := json.Unmarshal(raw, &several); err != nil {
		return "", false, &InvalidError{Reason: folder + ": chat_template is neither a text nor a list of named ones", Err: err}
	}
	for _, one := range several {
		if one.Name == "default" {
			return one.Template, true, nil
		}
	}
	return "", false, &InvalidError{Reason: folder + `: none of the chat templates is called "default"`}
}

// tokenText reads "<s>" or {"content": "<s>", ...}; null is the empty text.
func tokenText(name string, raw json.RawMessage) (string, error) {
	var text *string
	if json.Unmarshal(raw, &text) == nil {
		if text == nil {
			return "", nil
		}
		return *text, nil
	}
	var token struct {
		Content *string `json:"content"`
	}
	if err := json.Unmarshal(raw, &token); err != nil || token.Content == nil {
		return "", &InvalidError{Reason: name + " is neither a text nor a token with content"}
	}
	return *token.Content, nil
}

// tryOut renders two short conversations for the sake of what is unsupported in them. Other errors are the conversations' own.
func (t *Template) tryOut() error {
	for _, length := range []int{1, 3} {
		turns := []Message{{"user", "a"}, {"assistant", "b"}, {"user", "c"}}
		if _, err := t.Render(turns[:length], true); errors.Is(err, ErrUnsupported) || errors.Is(err, ErrLimit) {
			return err
		}
	}
	return nil
}
