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
	f.Add([]byte(smallByteFile), "abb ab")
	for i, v := range readLines[variantFixture](f, "bpe/variants.jsonl") {
		if i%10 == 0 {
			f.Add([]byte(v.Tokenizer), v.Texts[4])
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

// FuzzEncodeBytes: of a family whose every byte has a token, what the tokens spell is the text, composed where the family
// composes.
func FuzzEncodeBytes(f *testing.F) {
	for i, text := range readAllTexts(f) {
		if i%8 == 0 {
			f.Add(text)
		}
	}
	var all []*Tokenizer
	for _, family := range byteFamilies {
		tok, err := loadFamily(f, family).With(Options{NoSpecialTokens: true})
		if err != nil {
			f.Fatal(err)
		}
		all = append(all, tok)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for i, tok := range all {
			ids, err := tok.Encode(nil, text)
			if valid := utf8.ValidString(text); valid != (err == nil) {
				t.Fatalf("%s: valid UTF-8: %v, error: %v", byteFamilies[i], valid, err)
			}
			if err != nil {
				return
			}
			if spelled := spell(t, tok, ids); spelled != normal(tok, text) {
				t.Fatalf("%s: %+q became %+q", byteFamilies[i], text, spelled)
			}
		}
	})
}

// spell puts the tokens' bytes together again; added tokens are their own spelling.
func spell(t testing.TB, tok *Tokenizer, ids []int64) string {
	var spelled []byte
	for _, id := range ids {
		token, found := tok.Token(id)
		if !found {
			t.Fatalf("id %d is no token's", id)
		}
		if bytes, ok := appendSpelledBytes(spelled, token); ok {
			spelled = bytes
		} else {
			spelled = append(spelled, token...)
		}
	}
	return string(spelled)
}

// normal is the text with all between added tokens normalised.
func normal(tok *Tokenizer, text string) string {
	if tok.normalizer == nil {
		return text
	}
	var whole []byte
	tok.literal.split(text, func(piece string, id int64) bool {
		if id != noID {
			token, _ := tok.Token(id)
			whole = append(whole, token...)
		} else {
			whole = tok.normalizer.appendNormal(whole, piece)
		}
		return true
	})
	return string(whole)
}

func countText(t template) int { return len(t.withoutSpecials()) }
