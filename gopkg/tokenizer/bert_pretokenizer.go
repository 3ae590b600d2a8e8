package tokenizer

import "unicode/utf8"

// bertPreTokenizer splits at white space, and makes each punctuation mark a word.
type bertPreTokenizer struct {
	tables *characters
	plain  [utf8.RuneSelf]class
}

func parseBertPreTokenizer(o *object) (splitter, error) {
	p := &bertPreTokenizer{tables: unicodeTables()}
	for i := range p.plain {
		p.plain[i] = p.tables.class(rune(i)) & (space | punctuation)
	}
	return p, o.finish()
}

func (p *bertPreTokenizer) next(text string, from int) (start, end int) {
	for start = from; start < len(text); {
		kind, size := p.at(text, start)
		switch kind {
		case 0:
			return start, p.wordEnd(text, start+size)
		case punctuation:
			return start, start + size
		}
		start += size
	}
	return len(text), len(text)
}

func (p *bertPreTokenizer) wordEnd(text string, from int) int {
	for end := from; end < len(text); {
		kind, size := p.at(text, end)
		if kind != 0 {
			return end
		}
		end += size
	}
	return len(text)
}

func (p *bertPreTokenizer) at(text string, i int) (kind class, size int) {
	if c := text[i]; c < utf8.RuneSelf {
		return p.plain[c], 1
	}
	char, size := utf8.DecodeRuneInString(text[i:])
	return p.tables.class(char) & (space | punctuation), size
}
