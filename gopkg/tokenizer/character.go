package tokenizer

import (
	"strings"
	"sync"
	"unicode/utf8"
)

// class holds what the tokenizer asks about a character, one bit each, as character_tables.go has it.
type class uint16

const (
	removed     class = 1 << iota // clean_text drops it
	space                         // white space
	punctuation                   // a word of its own
	mark                          // strip_accents drops it
	word                          // a word character, to single_word tokens
	combining                     // its canonical combining class is not 0
	decomposes                    // NFD changes it
	lowers                        // it has a lower case
	chinese                       // handle_chinese_chars sets it apart
	letter                        // \p{L} of a Split pattern; its \s is space
	number                        // \p{N}
	anyMark                       // \p{M}
	numeric                       // Digits splits it off
	unstable                      // NFC may change it, or what stands before it
)

type codeRange struct{ first, last rune }

type combiningRange struct {
	first, last rune
	class       uint8
}

// chineseRanges are those of the Rust library, its slip at 0x2b920 (Unicode says 0x2b820) included.
var chineseRanges = []codeRange{
	{0x3400, 0x4dbf}, {0x4e00, 0x9fff}, {0xf900, 0xfaff}, {0x20000, 0x2a6df},
	{0x2a700, 0x2b73f}, {0x2b740, 0x2b81f}, {0x2b920, 0x2ceaf}, {0x2f800, 0x2fa1f},
}

var hangulRanges = []codeRange{{hangulFirst, hangulLast}}

// hangulPartRanges: the vowels and tails that join the letter before them into a syllable.
var hangulPartRanges = []codeRange{{vowelBase, vowelBase + vowelCount - 1}, {tailBase + 1, tailBase + tailCount - 1}}

// characters is the whole knowledge about Unicode: classes in pages of 256 characters, of which equal ones are kept once.
type characters struct {
	pageOf        [(utf8.MaxRune + 1) / 256]uint16
	pages         [][256]class
	decomposition map[rune]string
	lowercase     map[rune]string
	combining     map[rune]uint8
	composition   map[[2]rune]rune // what NFC makes of two characters, Hangul's arithmetic aside
}

// unicodeTables is built when the first tokenizer is: about 1 ms and 120 kB.
var unicodeTables = sync.OnceValue(func() *characters {
	c := &characters{
		decomposition: expansions(decompositionData),
		lowercase:     expansions(lowercaseData),
		combining:     map[rune]uint8{},
	}
	all := make([]class, utf8.MaxRune+1)
	for _, r := range combiningRanges {
		for code := r.first; code <= r.last; code++ {
			c.combining[code] = r.class
			all[code] |= combining
		}
	}
	setRanges(all, removedRanges, removed)
	setRanges(all, spaceRanges, space)
	setRanges(all, punctuationRanges, punctuation)
	setRanges(all, markRanges, mark)
	setRanges(all, wordRanges, word)
	setRanges(all, chineseRanges, chinese)
	setRanges(all, hangulRanges, decomposes)
	for code := range c.decomposition {
		all[code] |= decomposes
	}
	for code := range c.lowercase {
		all[code] |= lowers
	}
	setRanges(all, letterRanges, letter)
	setRanges(all, numberRanges, number)
	setRanges(all, allMarkRanges, anyMark)
	setRanges(all, numericRanges, numeric)
	setRanges(all, neverComposedRanges, unstable)
	setRanges(all, hangulPartRanges, unstable)
	c.composition = compositions(c.decomposition)
	for pair := range c.composition {
		all[pair[1]] |= unstable
	}
	for code := range c.combining {
		all[code] |= unstable
	}
	c.fold(all)
	return c
})

func setRanges(all []class, ranges []codeRange, bit class) {
	for _, r := range ranges {
		for code := r.first; code <= r.last; code++ {
			all[code] |= bit
		}
	}
}

// fold keeps each distinct page of 256 classes once.
func (c *characters) fold(all []class) {
	known := map[[256]class]uint16{}
	for i := range c.pageOf {
		page := [256]class(all[i*256:])
		at, found := known[page]
		if !found {
			at = uint16(len(c.pages))
			known[page] = at
			c.pages = append(c.pages, page)
		}
		c.pageOf[i] = at
	}
}

// expansions reads a table of character_tables.go: a character, what becomes of it, a space, and so on.
func expansions(data string) map[rune]string {
	table := map[rune]string{}
	for entry := range strings.SplitSeq(strings.TrimSuffix(data, " "), " ") { // not Fields: some entries are white space
		char, size := utf8.DecodeRuneInString(entry)
		table[char] = entry[size:]
	}
	return table
}

// class of a character; r must be one that utf8 decoding returns.
func (c *characters) class(r rune) class {
	return c.pages[c.pageOf[r>>8]][r&0xff]
}

// The arithmetic of Hangul syllables: Unicode section 3.12.
const (
	hangulFirst = 0xac00
	hangulLast  = 0xd7a3
	leadBase    = 0x1100
	leadCount   = 19
	vowelBase   = 0x1161
	tailBase    = 0x11a7
	vowelCount  = 21
	tailCount   = 28
)

// appendHangul appends the two or three letters of a Hangul syllable.
func appendHangul(dst []byte, syllable rune) []byte {
	index := syllable - hangulFirst
	dst = utf8.AppendRune(dst, leadBase+index/(vowelCount*tailCount))
	dst = utf8.AppendRune(dst, vowelBase+index/tailCount%vowelCount)
	if tail := index % tailCount; tail != 0 {
		dst = utf8.AppendRune(dst, tailBase+tail)
	}
	return dst
}
