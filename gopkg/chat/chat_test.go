package chat

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pythonCase is what Python's Jinja made of a template; testdata/chat/README.md tells how.
type pythonCase struct {
	Name         string  `json:"name"`
	Template     string  `json:"template"`
	Conversation int     `json:"conversation"`
	Prompt       bool    `json:"prompt"`
	Text         *string `json:"text"`
	Fails        string  `json:"fails"`
	Message      string  `json:"message"`
}

func readCases(t testing.TB) (conversations [][]Message, cases []pythonCase) {
	t.Helper()
	file, err := os.Open("../../testdata/chat/cases.jsonl")
	require.NoError(t, err)
	defer file.Close()
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, 1<<22)
	require.True(t, scanner.Scan())
	var first struct {
		Conversations [][]Message `json:"conversations"`
	}
	require.NoError(t, json.Unmarshal(scanner.Bytes(), &first))
	for scanner.Scan() {
		var c pythonCase
		require.NoError(t, json.Unmarshal(scanner.Bytes(), &c))
		cases = append(cases, c)
	}
	require.NoError(t, scanner.Err())
	return first.Conversations, cases
}

var fixedTime = Options{Now: func() time.Time { return time.Date(2026, 3, 7, 15, 4, 9, 0, time.UTC) }}

func renderCase(template string, messages []Message, prompt bool) (string, error) {
	made, err := Parse(template, map[string]string{"bos_token": "<s>", "eos_token": "</s>"})
	if err != nil {
		return "", err
	}
	made, err = made.With(fixedTime)
	if err != nil {
		return "", err
	}
	return made.Render(messages, prompt)
}

// check compares one case. What is refused as unsupported is no difference; the caller counts it.
func check(t *testing.T, c pythonCase, conversations [][]Message) (unsupported bool) {
	t.Helper()
	text, err := renderCase(c.Template, conversations[c.Conversation], c.Prompt)
	if errors.Is(err, ErrUnsupported) {
		return true
	}
	if c.Text != nil {
		if assert.NoError(t, err, "%s, conversation %d", c.Template, c.Conversation) {
			assert.Equal(t, *c.Text, text, "%s, conversation %d", c.Template, c.Conversation)
		}
		return false
	}
	assert.Empty(t, text)
	if c.Fails == "refused" {
		var refused *RefusedError
		if assert.ErrorAs(t, err, &refused, c.Template) {
			assert.Equal(t, c.Message, refused.Message)
			assert.ErrorIs(t, err, ErrRefused)
		}
		return false
	}
	if !errors.Is(err, ErrLimit) {
		assert.ErrorIs(t, err, ErrInvalid, "%s gave %q", c.Template, text)
	}
	return false
}

func TestTemplatesRenderAsInPython(t *testing.T) {
	conversations, cases := readCases(t)
	counts := map[string]int{}
	refused := map[string]int{}
	for _, c := range cases {
		kind := c.Name
		if kind != "snippet" && kind != "random" {
			kind = "template"
		}
		counts[kind]++
		if check(t, c, conversations) {
			refused[kind]++
		}
	}
	t.Log(counts, "of which not supported:", refused)
	assert.Greater(t, counts["template"], 250)
	assert.Zero(t, refused["template"], "shapes of real templates are all rendered")
	assert.Greater(t, counts["snippet"], 200)
	assert.Equal(t, 6, refused["snippet"])
	assert.Greater(t, counts["random"], 1000)
	assert.Less(t, refused["random"], counts["random"]/5)
}

func TestManyGoroutinesShareOneTemplate(t *testing.T) {
	conversations, cases := readCases(t)
	var c pythonCase
	for _, c = range cases {
		if c.Name == "thinking" && c.Text != nil {
			break
		}
	}
	made, err := Parse(c.Template, map[string]string{"bos_token": "<s>", "eos_token": "</s>"})
	require.NoError(t, err)
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 200 {
				text, err := made.Render(conversations[c.Conversation], c.Prompt)
				if !assert.NoError(t, err) || !assert.Equal(t, *c.Text, text) {
					return
				}
			}
		})
	}
	wait.Wait()
}
