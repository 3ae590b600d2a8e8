package tokenizer

import (
	"slices"
	"unicode/utf8"
)

// normalizer rewrites text before it is split into words.
type normalizer interface {
	// appendNormal appends the normal form of text to dst.
	appendNormal(dst []byte, text string) []byte
	// isNormal reports that text would stay as it is. It may say no where a closer look would say yes.
	isNormal(text string) bool
}

// bertNormalizer cleans, sets Chinese characters apart, decomposes and strips accents, and lowers, in that order, each if asked.
// It does all of it in one pass; the only thing that crosses characters is the canonical order of combining marks.
type bertNormalizer struct {
	cleanText, chineseChars, stripAccents, lowercase bool

	tables  *characters
	plain   [utf8.RuneSelf]byte // what an ASCII character becomes
	dropped [utf8.RuneSelf]bool // whether it is removed instead
	special class               // a character of none of these classes stays as it is
}

func parseBertNormalizer(o *object) (normalizer, error) {
	n := &bertNormalizer{tables: unicodeTables()}
	var stripAccents *bool
	o.require("clean_text", &n.cleanText)
	o.require("handle_chinese_chars", &n.chineseChars)
	o.optional("strip_accents", &stripAccents)
	o.require("lowercase", &n.lowercase)
	n.stripAccents = n.lowercase
	if stripAccents != nil {
		n.stripAccents = *stripAccents
	}
	n.prepare()
	return n, o.finish()
}

func (n *bertNormalizer) prepare() {
	if n.cleanText {
		n.special |= removed | space
	}
	if n.chineseChars {
		n.special |= chinese
	}
	if n.stripAccents {
		n.special |= decomposes | mark | combining
	}
	if n.lowercase {
		n.special |= lowers
	}
	for i := range n.plain {
		kind := n.tables.class(rune(i)) & n.special
		n.plain[i] = byte(i)
		switch {
		case kind&removed != 0:
			n.dropped[i] = true
		case kind&space != 0:
			n.plain[i] = ' '
		case kind&lowers != 0:
			n.plain[i] = n.tables.lowercase[rune(i)][0]
		}
	}
}

func (n *bertNormalizer) isNormal(string) bool { return false }

// combiningMark is a character and its canonical combining class. It waits for the marks that belong before it.
type combiningMark struct {
	char  rune
	class uint8
}

func (n *bertNormalizer) appendNormal(dst []byte, text string) []byte {
	var waiting []combiningMark // characters of a combining class that accents' removal leaves: rare
	for i := 0; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf {
			i++
			if n.dropped[c] {
				continue
			}
			if len(waiting) > 0 {
				dst, waiting = n.settle(dst, waiting)
			}
			dst = append(dst, n.plain[c])
			continue
		}
		char, size := utf8.DecodeRuneInString(text[i:])
		kind := n.tables.class(char) & n.special
		if kind == 0 && len(waiting) == 0 {
			dst = append(dst, text[i:i+size]...)
		} else {
			dst, waiting = n.appendSpecial(dst, waiting, char, kind)
		}
		i += size
	}
	dst, _ = n.settle(dst, waiting)
	return dst
}

func (n *bertNormalizer) appendSpecial(dst []byte, waiting []combiningMark, char rune, kind class) ([]byte, []combiningMark) {
	switch {
	case kind&removed != 0:
		return dst, waiting
	case kind&space != 0:
		dst, waiting = n.settle(dst, waiting)
		return append(dst, ' '), waiting
	case kind&chinese != 0:
		dst, waiting = n.settle(dst, waiting)
		dst = append(dst, ' ')
		dst, waiting = n.appendLetter(dst, waiting, char, kind)
		dst, waiting = n.settle(dst, waiting)
		return append(dst, ' '), waiting
	}
	return n.appendLetter(dst, waiting, char, kind)
}

// appendLetter decomposes a character if accents are stripped, and hands on what it is made of.
func (n *bertNormalizer) appendLetter(dst []byte, waiting []combiningMark, char rune, kind class) ([]byte, []combiningMark) {
	if kind&decomposes == 0 {
		return n.appendPart(dst, waiting, char)
	}
	if char >= hangulFirst && char <= hangulLast {
		dst, waiting = n.settle(dst, waiting)
		return appendHangul(dst, char), waiting
	}
	for _, part := range n.tables.decomposition[char] {
		dst, waiting = n.appendPart(dst, waiting, part)
	}
	return dst, waiting
}

// appendPart takes a character that does not decompose further. One of combining class 0 ends the run of marks before it,
// even if it is itself removed, so marks never change places across it.
func (n *bertNormalizer) appendPart(dst []byte, waiting []combiningMark, char rune) ([]byte, []combiningMark) {
	kind := n.tables.class(char) & n.special
	if kind&combining == 0 {
		dst, waiting = n.settle(dst, waiting)
	}
	switch {
	case kind&mark != 0:
		return dst, waiting
	case kind&combining != 0:
		return dst, append(waiting, combiningMark{char, n.tables.combining[char]})
	}
	return n.appendLower(dst, char), waiting
}

// settle appends the waiting marks in canonical order.
func (n *bertNormalizer) settle(dst []byte, waiting []combiningMark) ([]byte, []combiningMark) {
	if len(waiting) > 1 {
		slices.SortStableFunc(waiting, func(a, b combiningMark) int { return int(a.class) - int(b.class) })
	}
	for _, m := range waiting {
		dst = n.appendLower(dst, m.char)
	}
	return dst, waiting[:0]
}

func (n *bertNormalizer) appendLower(dst []byte, char rune) []byte {
	if n.lowercase {
		if lower, found := n.tables.lowercase[char]; found {
			return append(dst, lower...)
		}
	}
	return utf8.AppendRune(dst, char)
}
