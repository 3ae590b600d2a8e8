package chat

import (
	"strings"
	"testing"
)

// BenchmarkRender is a conversation of 20 turns of 500 bytes, with each shape of template.
func BenchmarkRender(b *testing.B) {
	var long []Message
	for i := range 20 {
		long = append(long, Message{[]string{"user", "assistant"}[i%2], strings.Repeat("word ", 100)})
	}
	_, cases := readCases(b)
	done := map[string]bool{}
	for _, c := range cases {
		if c.Name == "snippet" || c.Name == "random" || done[c.Name] {
			continue
		}
		done[c.Name] = true
		made, err := Parse(c.Template, map[string]string{"bos_token": "<s>", "eos_token": "</s>"})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(strings.ReplaceAll(c.Name, " ", "_"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := made.Render(long, true); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
