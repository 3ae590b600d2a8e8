package tokenizer

import (
	"strings"
	"testing"
)

// BenchmarkEncode reports tokens per second: english is what most servers see; accents and chinese take the slower way through
// the Unicode tables; short is one sentence a call; unknown is the worst case of the longest match.
func BenchmarkEncode(b *testing.B) {
	english := "The server had already computed the hidden state, so nothing else was needed: two bits of each coordinate were kept, " +
		"and a key of sixty-four bits could be sorted, bucketed and searched within a microsecond. "
	tok := loadWhole(b)
	for _, c := range []struct{ name, text string }{
		{"english", strings.Repeat(english, 50)},
		{"short", "Where is the nearest library?"},
		{"accents", strings.Repeat("Příliš žluťoučký kůň úpěl ďábelské ódy; où est passé l'été ? ", 100)},
		{"chinese", strings.Repeat("你好，世界！我们今天学习量子化。", 200)},
		{"korean", strings.Repeat("한국어 문장은 띄어쓰기가 있습니다. ", 200)},
		{"unknown", strings.Repeat(strings.Repeat("un", 49)+"ქ ", 100)},
	} {
		b.Run(c.name, func(b *testing.B) { benchmarkEncode(b, tok, c.text) })
	}
}

// BenchmarkEncodeBytes is the same for the byte-level families, with the small vocabularies of the fixtures: more merges a
// token than with real ones. long is a word without end.
func BenchmarkEncodeBytes(b *testing.B) {
	code := strings.Repeat("func main() {\n\tfor i := range 10 {\n\t\tfmt.Println(\"it's\", i*i)\n\t}\n}\n", 50)
	for _, family := range byteFamilies {
		tok := loadFamily(b, family)
		for _, c := range []struct{ name, text string }{
			{"english", strings.Repeat("The rest is thrown away: two bits of each coordinate are kept, and it's enough. ", 50)},
			{"code", code},
			{"accents", strings.Repeat("Příliš žluťoučký kůň úpěl ďábelské ódy; où est passé l'été ? ", 100)},
			{"decomposed", strings.Repeat("e\u0301te\u0301 nai\u0308ve ", 200)},
			{"long", strings.Repeat("qwertyuiopasdfghjkl", 500)},
		} {
			b.Run(family+"/"+c.name, func(b *testing.B) { benchmarkEncode(b, tok, c.text) })
		}
	}
}

func benchmarkEncode(b *testing.B, tok *Tokenizer, text string) {
	ids, err := tok.Encode(nil, text)
	if err != nil {
		b.Fatal(err)
	}
	tokens := len(ids)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		ids, _ = tok.Encode(ids[:0], text)
	}
	b.ReportMetric(float64(tokens)*float64(b.N)/b.Elapsed().Seconds(), "tokens/s")
}

// BenchmarkLoad is what a start of the program pays.
func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		loadModel(b)
	}
}
