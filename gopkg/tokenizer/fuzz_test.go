package tokenizer

import (
	"testing"
	"unicode/utf8"
)

// FuzzEncode: no text makes Encode panic, return an id that is none, or forget its frame of [CLS] and [SEP].
func FuzzEncode(f *testing.F) {
	for i, fixture := range readTexts(f) {
		if i%8 == 0 {
			f.Add(fixture.Text)
		}
	}
	f.Add("\xff\xfe")
	tok := loadModel(f)
	f.Fuzz(func(t *testing.T, text string) {
		ids, err := tok.Encode(nil, text)
		if valid := utf8.ValidString(text); valid != (err == nil) {
			t.Fatalf("valid UTF-8: %v, error: %v", valid, err)
		}
		if err != nil {
			return
		}
		if len(ids) < 2 || len(ids) > 128 || ids[0] != 101 || ids[len(ids)-1] != 102 {
			t.Fatalf("%d ids: %v", len(ids), ids)
		}
		for _, id := range ids {
			if id < 0 || id >= int64(tok.VocabularySize()) {
				t.Fatalf("id %d of %d", id, tok.VocabularySize())
			}
		}
	})
}

// FuzzParse: no file makes Parse panic, and one that it takes encodes text to ids of its own vocabulary.
func FuzzParse(f *testing.F) {
	f.Add([]byte(smallFile), "a aaa [CLS] b")
	for i, v := range readLines[variantFixture](f, "variants.jsonl") {
		if i%10 == 0 {
			f.Add([]byte(v.Tokenizer), v.Texts[0])
		}
	}
	f.Fuzz(func(t *testing.T, file []byte, text string) {
		tok, err := Parse(file)
		if err != nil {
			return
		}
		ids, err := tok.Encode(nil, text)
		if err != nil {
			return
		}
		if limit := tok.MaxLength(); limit > 0 && countText(tok.template) < 2 && len(ids) > limit {
			t.Fatalf("%d ids, limit %d", len(ids), limit)
		}
		for _, id := range ids {
			if _, found := tok.Token(id); !found {
				t.Fatalf("id %d is no token's", id)
			}
		}
	})
}

func countText(t template) int { return len(t.withoutSpecials()) }
