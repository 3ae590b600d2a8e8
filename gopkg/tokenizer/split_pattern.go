package tokenizer

import (
	"strings"
	"unicode/utf8"
)

// The patterns of the supported families, as their files spell them.
const (
	gpt2Regex   = `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
	llama3Regex = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
	qwen2Regex  = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
	qwen35Regex = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
)

// splitPatterns has a scanner for each of them. Every one matches at each place of any text, so a piece begins where the last
// one ended. The scanners follow the alternatives in order, with the choice that backtracking would end up with.
var splitPatterns = map[string]func() splitter{
	gpt2Regex:   newGPT2Pattern,
	llama3Regex: func() splitter { return &wordPattern{newScanner(letter), 3} },
	qwen2Regex:  func() splitter { return &wordPattern{newScanner(letter), 1} },
	qwen35Regex: func() splitter { return &wordPattern{newScanner(letter | anyMark), 1} },
}

// scanner walks over runs of characters of a class.
type scanner struct {
	tables  *characters
	letters class // what words consist of
	plain   [utf8.RuneSelf]class
}

func newScanner(letters class) scanner {
	s := scanner{tables: unicodeTables(), letters: letters}
	for i := range s.plain {
		s.plain[i] = s.tables.class(rune(i)) & (letters | number | space)
	}
	return s
}

// at returns the class of a character, one of letters, number and space, or 0 for none of them. At the end of the text the
// size is 0, and the class as well.
func (s *scanner) at(text string, i int) (kind class, size int) {
	if i == len(text) {
		return 0, 0
	}
	if c := text[i]; c < utf8.RuneSelf {
		return s.plain[c], 1
	}
	char, size := utf8.DecodeRuneInString(text[i:])
	return s.tables.class(char) & (s.letters | number | space), size
}

// run returns the end of the characters from i on that are of any of the classes in kind; of none at all when kind is 0.
func (s *scanner) run(text string, i int, kind class) int {
	for i < len(text) {
		found, size := s.at(text, i)
		if found&kind == 0 && found|kind != 0 {
			break
		}
		i += size
	}
	return i
}

// spaceEnd is `\s+(?!\S)|\s+` at white space: a run of it leaves its last character to the word behind, unless it is alone.
func (s *scanner) spaceEnd(text string, i int) int {
	end := s.run(text, i, space)
	if end == len(text) {
		return end
	}
	_, size := utf8.DecodeLastRuneInString(text[:end])
	if end-size > i {
		return end - size
	}
	return end
}

// gpt2Pattern scans gpt2Regex.
type gpt2Pattern struct{ scanner }

func newGPT2Pattern() splitter { return &gpt2Pattern{newScanner(letter)} }

func (p *gpt2Pattern) next(text string, from int) (start, end int) {
	if from == len(text) {
		return from, from
	}
	if text[from] == '\'' {
		if length := contraction(text[from:]); length > 0 {
			return from, from + length
		}
	}
	word := from
	if text[from] == ' ' {
		word++
	}
	kind, size := p.at(text, word)
	if size == 0 || kind == space {
		return from, p.spaceEnd(text, from)
	}
	return from, p.run(text, word+size, kind)
}

// contraction returns the length of 's, 't, 're, 've, 'm, 'll or 'd at the start of a text that begins with an apostrophe.
func contraction(text string) int {
	if len(text) < 2 {
		return 0
	}
	switch text[1] {
	case 's', 't', 'm', 'd':
		return 2
	case 'r', 'v':
		if len(text) > 2 && text[2] == 'e' {
			return 3
		}
	case 'l':
		if len(text) > 2 && text[2] == 'l' {
			return 3
		}
	}
	return 0
}

// wordPattern scans the newer patterns, which differ in what a word consists of and in the digits that stay together.
type wordPattern struct {
	scanner
	digits int
}

func (p *wordPattern) next(text string, from int) (start, end int) {
	if from == len(text) {
		return from, from
	}
	if text[from] == '\'' {
		if length := foldedContraction(text[from:]); length > 0 {
			return from, from + length
		}
	}
	kind, size := p.at(text, from)
	behind := from + size
	switch {
	case kind&p.letters != 0:
		return from, p.run(text, behind, p.letters)
	case kind == number:
		return from, p.numberEnd(text, behind)
	}
	if text[from] != '\r' && text[from] != '\n' {
		if next, size := p.at(text, behind); next&p.letters != 0 {
			return from, p.run(text, behind+size, p.letters)
		}
	}
	if kind == space {
		return from, p.spaceOrMarksEnd(text, from)
	}
	return from, newlinesEnd(text, p.run(text, behind, 0))
}

// numberEnd takes as many more digits as stay together.
func (p *wordPattern) numberEnd(text string, i int) int {
	for range p.digits - 1 {
		kind, size := p.at(text, i)
		if kind != number {
			break
		}
		i += size
	}
	return i
}

// spaceOrMarksEnd is what the pattern makes of white space with no word behind it: a space takes punctuation marks along; else
// a run with line ends in it goes up to the last of them.
func (p *wordPattern) spaceOrMarksEnd(text string, from int) int {
	if text[from] == ' ' {
		if kind, size := p.at(text, from+1); kind == 0 && size > 0 {
			return newlinesEnd(text, p.run(text, from+1+size, 0))
		}
	}
	end := p.run(text, from, space)
	if last := strings.LastIndexAny(text[from:end], "\r\n"); last >= 0 {
		return from + last + 1
	}
	return p.spaceEnd(text, from)
}

// newlinesEnd is `[\r\n]*`.
func newlinesEnd(text string, i int) int {
	for i < len(text) && (text[i] == '\r' || text[i] == '\n') {
		i++
	}
	return i
}

// foldedContraction is contraction without regard to case. Case folding makes an s of the long s too.
func foldedContraction(text string) int {
	if strings.HasPrefix(text[1:], "ſ") {
		return 1 + len("ſ")
	}
	var lower [3]byte
	n := copy(lower[:], text)
	for i := 1; i < n; i++ {
		if lower[i] >= 'A' && lower[i] <= 'Z' {
			lower[i] += 'a' - 'A'
		}
	}
	switch lower[1] {
	case 's', 't', 'm', 'd':
		return 2
	case 'r', 'v':
		if lower[2] == 'e' {
			return 3
		}
	case 'l':
		if lower[2] == 'l' {
			return 3
		}
	}
	return 0
}
