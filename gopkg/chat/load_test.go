package chat

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	return dir
}

var turns = []Message{{"user", "one"}, {"assistant", "two"}}

func TestAFolderWithoutATemplateGivesPlainLines(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"empty folder":    {},
		"no template":     {"tokenizer_config.json": `{"eos_token": "</s>"}`},
		"null":            {"tokenizer_config.json": `{"chat_template": null}`},
		"only the tokens": {"special_tokens_map.json": `{"eos_token": "</s>"}`},
	} {
		made, err := Load(folder(t, files))
		require.NoError(t, err, name)
		require.Nil(t, made, name)
		for _, prompt := range []bool{true, false} {
			text, err := made.Render(turns, prompt)
			require.NoError(t, err)
			assert.Equal(t, "one\ntwo", text)
		}
		text, err := made.Render(nil, true)
		require.NoError(t, err)
		assert.Empty(t, text)
		made, err = made.With(fixedTime)
		require.NoError(t, err)
		assert.Nil(t, made)
	}
}

func TestWhereTheTemplateAndItsTokensComeFrom(t *testing.T) {
	const show = `{{ bos_token }}{{ messages[0].content }}{{ eos_token }}`
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"text":     {map[string]string{"tokenizer_config.json": `{"chat_template": "` + show + `", "bos_token": "<s>", "eos_token": "</s>"}`}, "<s>one</s>"},
		"objects":  {map[string]string{"tokenizer_config.json": `{"chat_template": "` + show + `", "bos_token": {"content": "<s>", "lstrip": false}, "eos_token": null}`}, "<s>one"},
		"list":     {map[string]string{"tokenizer_config.json": `{"chat_template": [{"name": "tool_use", "template": "no"}, {"name": "default", "template": "` + show + `"}], "bos_token": "B", "eos_token": "E"}`}, "BoneE"},
		"jinja":    {map[string]string{"chat_template.jinja": show + "\n", "tokenizer_config.json": `{"chat_template": "no", "bos_token": "B", "eos_token": "E"}`}, "BoneE"},
		"map":      {map[string]string{"chat_template.jinja": show, "special_tokens_map.json": `{"bos_token": {"content": "M"}, "eos_token": "X"}`}, "MoneX"},
		"map last": {map[string]string{"chat_template.jinja": show, "tokenizer_config.json": `{"bos_token": "C", "eos_token": null}`, "special_tokens_map.json": `{"bos_token": "M", "eos_token": "X"}`}, "Cone"},
	} {
		made, err := Load(folder(t, c.files))
		require.NoError(t, err, name)
		text, err := made.Render(turns, false)
		require.NoError(t, err, name)
		assert.Equal(t, c.want, text, name)
	}
}

func TestWhatLoadRefuses(t *testing.T) {
	for want, files := range map[string]map[string]string{
		"is not a JSON object":                               {"tokenizer_config.json": `[`},
		"neither a text nor a list of named ones":            {"tokenizer_config.json": `{"chat_template": 5}`},
		`none of the chat templates is called "default"`:     {"tokenizer_config.json": `{"chat_template": [{"name": "rag", "template": ""}]}`},
		"bos_token is neither a text nor a token":            {"tokenizer_config.json": `{"chat_template": "x", "bos_token": 5}`},
		"template line 2: unknown tag \"fi\"":                {"chat_template.jinja": "a\n{% fi %}"},
		"template line 1: tag \"include\" is not supported":  {"chat_template.jinja": `{% include "/etc/passwd" %}`},
		"template line 3: filter \"xmlattr\" is not support": {"chat_template.jinja": "\n{% if messages | length > 2 %}\n{{ {} | xmlattr }}{% endif %}"},
		`"bos_token" without a value`:                        {"chat_template.jinja": `{{ bos_token }}`},
		"more than 2000000 steps":                            {"chat_template.jinja": hostileTemplates["a loop in a loop in a loop"]},
		"the template is not UTF-8":                          {"chat_template.jinja": "\xff"},
	} {
		made, err := Load(folder(t, files))
		require.ErrorContains(t, err, want)
		assert.Nil(t, made)
	}
	made, err := Load(folder(t, map[string]string{"chat_template.jinja": `{{ raise_exception("never") }}`}))
	require.NoError(t, err, "a template may refuse what it is tried with")
	_, err = made.Render(turns, false)
	require.ErrorIs(t, err, ErrRefused)
	_, err = Load(filepath.Join(folder(t, map[string]string{"x": ""}), "x"))
	require.Error(t, err, "a file is no folder")
}
