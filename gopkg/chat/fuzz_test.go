package chat

import (
	"errors"
	"testing"
	"unicode/utf8"
)

// FuzzRender: no template and no message makes anything panic, hang, or give a text that is not UTF-8 or beyond its limit.
func FuzzRender(f *testing.F) {
	_, cases := readCases(f)
	for i, c := range cases {
		if i%7 == 0 {
			f.Add(c.Template, "user", "Hi there")
		}
	}
	f.Add(hostileTemplates["a macro in itself"], "user", "")
	f.Fuzz(func(t *testing.T, template, role, content string) {
		text, err := renderCase(template, []Message{{role, content}, {"assistant", "b"}, {role, content + role}}, true)
		if err != nil {
			if text != "" {
				t.Fatalf("%q beside %v", text, err)
			}
			for _, kind := range []error{ErrUnsupported, ErrInvalid, ErrLimit, ErrRefused} {
				if errors.Is(err, kind) {
					return
				}
			}
			t.Fatalf("an error of no kind: %v", err)
		}
		if !utf8.ValidString(text) || len(text) > maxText {
			t.Fatalf("%d bytes, valid UTF-8: %v", len(text), utf8.ValidString(text))
		}
	})
}
