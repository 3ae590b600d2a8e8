package tokenizer

import (
	"slices"
	"unicode/utf8"
)

// compositions turns full decompositions round: a character is made of the one whose decomposition is all of its own but the
// last, and of that last.
func compositions(decomposition map[rune]string) map[[2]rune]rune {
	never := map[rune]bool{}
	for _, r := range neverComposedRanges {
		for code := r.first; code <= r.last; code++ {
			never[code] = true
		}
	}
	made := map[string]rune{}
	for code, whole := range decomposition {
		if !never[code] {
			made[whole] = code
		}
	}
	pairs := map[[2]rune]rune{}
	for whole, code := range made {
		last, size := utf8.DecodeLastRuneInString(whole)
		rest := whole[:len(whole)-size]
		first, found := made[rest]
		if !found {
			first, _ = utf8.DecodeRuneInString(rest)
		}
		pairs[[2]rune{first, last}] = code
	}
	return pairs
}

// nfcNormalizer composes what can be composed, Unicode section 3.11, by the Rust library's version of Unicode.
type nfcNormalizer struct{ tables *characters }

func parseNFC(o *object) (normalizer, error) { return &nfcNormalizer{unicodeTables()}, o.finish() }

// isNormal is true for a text of stable characters only, which most are.
func (n *nfcNormalizer) isNormal(text string) bool { return n.stable(text) == len(text) }

// stable returns how many bytes from the start surely stay as they are: all before the character that an unstable one may
// join with, or change places with.
func (n *nfcNormalizer) stable(text string) int {
	before := 0
	for i := 0; i < len(text); {
		if text[i] < utf8.RuneSelf {
			before = i
			i++
			continue
		}
		char, size := utf8.DecodeRuneInString(text[i:])
		if n.tables.class(char)&unstable != 0 {
			return before
		}
		before = i
		i += size
	}
	return len(text)
}

func (n *nfcNormalizer) appendNormal(dst []byte, text string) []byte {
	var room [32]combiningMark // most runs of unstable characters fit, and then it stays off the heap
	for len(text) > 0 {
		plain := n.stable(text)
		dst = append(dst, text[:plain]...)
		text = text[plain:]
		end := n.unstableEnd(text)
		dst = n.appendComposed(dst, text[:end], room[:0])
		text = text[end:]
	}
	return dst
}

// unstableEnd returns the length of the first character and the unstable ones behind it.
func (n *nfcNormalizer) unstableEnd(text string) int {
	for i := 0; i < len(text); {
		char, size := utf8.DecodeRuneInString(text[i:])
		if i > 0 && n.tables.class(char)&unstable == 0 {
			return i
		}
		i += size
	}
	return len(text)
}

// appendComposed appends the composed form of one run: decompose, bring marks into canonical order, compose.
func (n *nfcNormalizer) appendComposed(dst []byte, text string, parts []combiningMark) []byte {
	for _, char := range text {
		parts = n.appendParts(parts, char)
	}
	for i := 0; i < len(parts); i++ {
		end := i
		for end < len(parts) && parts[end].class != 0 {
			end++
		}
		if end-i > 1 {
			slices.SortStableFunc(parts[i:end], func(a, b combiningMark) int { return int(a.class) - int(b.class) })
		}
		i = end
	}
	for _, part := range n.join(parts) {
		dst = utf8.AppendRune(dst, part.char)
	}
	return dst
}

// appendParts decomposes a character.
func (n *nfcNormalizer) appendParts(parts []combiningMark, char rune) []combiningMark {
	if char >= hangulFirst && char <= hangulLast {
		var letters [9]byte
		for _, part := range string(appendHangul(letters[:0], char)) {
			parts = append(parts, combiningMark{part, 0})
		}
		return parts
	}
	whole, found := n.tables.decomposition[char]
	if !found {
		return append(parts, combiningMark{char, n.tables.combining[char]})
	}
	for _, part := range whole {
		parts = append(parts, combiningMark{part, n.tables.combining[part]})
	}
	return parts
}

// join composes in place: each mark with the last character of class 0, unless a mark between them has a class as high.
func (n *nfcNormalizer) join(parts []combiningMark) []combiningMark {
	const none = -1
	starter, kept := none, 0
	for _, part := range parts {
		if starter != none && (kept == starter+1 || parts[kept-1].class < part.class) {
			if whole, found := n.compose(parts[starter].char, part.char); found {
				parts[starter].char = whole
				continue
			}
		}
		if part.class == 0 {
			starter = kept
		}
		parts[kept] = part
		kept++
	}
	return parts[:kept]
}

func (n *nfcNormalizer) compose(a, b rune) (rune, bool) {
	switch {
	case a >= leadBase && a < leadBase+leadCount && b >= vowelBase && b < vowelBase+vowelCount:
		return hangulFirst + ((a-leadBase)*vowelCount+b-vowelBase)*tailCount, true
	case a >= hangulFirst && a <= hangulLast && b > tailBase && b < tailBase+tailCount && (a-hangulFirst)%tailCount == 0:
		return a + b - tailBase, true
	}
	whole, found := n.tables.composition[[2]rune{a, b}]
	return whole, found
}
