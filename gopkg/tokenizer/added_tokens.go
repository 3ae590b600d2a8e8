package tokenizer

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// addedToken is a token that is looked for in the text itself, before any splitting into words.
type addedToken struct {
	content    string
	id         int64
	singleWord bool // matches only where no word character is next to it
	lstrip     bool // takes the white space before it along
	rstrip     bool // takes the white space behind it along
	normalized bool // is normalised, and looked for in the normalised text
}

// parseAddedTokens reads the list, gives new tokens their numbers behind the model's, and builds both matchers.
func (t *Tokenizer) parseAddedTokens(raw json.RawMessage) error {
	if raw == nil {
		return nil
	}
	objects, err := elements("added_tokens", raw)
	if err != nil {
		return err
	}
	next := uint32(len(t.vocabulary.ids))
	named := map[string]addedToken{} // of several with the same content, the last holds
	for _, o := range objects {
		token, err := parseAddedToken(o)
		if err != nil {
			return err
		}
		if token.content == "" {
			continue
		}
		id, known := t.vocabulary.ids[token.content]
		if !known {
			id, next = next, next+1
			t.vocabulary.ids[token.content] = id
		}
		if int64(id) != token.id {
			return invalid(o.name("id"), "%q has id %d, and counting on from the model's tokens gives %d", token.content, token.id, id)
		}
		named[token.content] = token
	}
	return t.buildMatchers(named)
}

func parseAddedToken(o *object) (addedToken, error) {
	var token addedToken
	var id uint32
	var special bool // matters to decoding only
	o.require("id", &id)
	o.require("content", &token.content)
	o.require("single_word", &token.singleWord)
	o.require("lstrip", &token.lstrip)
	o.require("rstrip", &token.rstrip)
	o.require("normalized", &token.normalized)
	o.require("special", &special)
	token.id = int64(id)
	return token, o.finish()
}

func isSpace(char rune) bool { return unicodeTables().class(char)&space != 0 }

// buildMatchers refuses what the Rust library trips over: patterns that are equal or empty once normalised, which it tells apart
// by chance, and white space that is to take the white space before it along, on which it panics behind an rstrip token.
func (t *Tokenizer) buildMatchers(named map[string]addedToken) error {
	owners := map[int64]string{}
	for content, token := range named {
		if other, taken := owners[token.id]; taken {
			return invalid("added_tokens", "%q and %q share id %d", min(content, other), max(content, other), token.id)
		}
		owners[token.id] = content
		pattern, matcher := content, &t.literal
		if token.normalized {
			matcher = &t.normalized
			if t.normalizer != nil {
				pattern = string(t.normalizer.appendNormal(nil, content))
			}
		}
		if pattern == "" {
			return invalid("added_tokens", "the normaliser leaves nothing of %q", content)
		}
		if token.lstrip && strings.TrimFunc(pattern, isSpace) == "" {
			return &UnsupportedError{Part: "added_tokens: lstrip", Value: content, Have: "a token that is not white space alone"}
		}
		if err := matcher.add(pattern, token); err != nil {
			return err
		}
	}
	return nil
}

// matcher finds added tokens in a text: leftmost first, and of several that begin there the longest.
type matcher struct {
	tree   *prefixTree // pattern to index in tokens; nil when there are none
	tokens []addedToken
	begins [256]bool // bytes that a pattern begins with
	only   byte      // that byte, when there is just one
	count  int       // of such bytes
	chars  *characters
}

func (m *matcher) add(pattern string, token addedToken) error {
	if m.tree == nil {
		m.tree = newPrefixTree()
		m.chars = unicodeTables()
	}
	if index, length := m.tree.longest(root, pattern); length == len(pattern) {
		other := m.tokens[index].content
		return invalid("added_tokens", "%q and %q are the same once normalised", min(other, token.content), max(other, token.content))
	}
	if !m.tree.add(pattern, int64(len(m.tokens))) {
		return &UnsupportedError{Part: "added_tokens", Value: token.content, Have: "a smaller list"}
	}
	m.tokens = append(m.tokens, token)
	if !m.begins[pattern[0]] {
		m.begins[pattern[0]] = true
		m.only = pattern[0]
		m.count++
	}
	return nil
}

// split hands the text on in order: an added token by its id and no text, what lies between with noID. It stops when emit
// returns false. A match that single_word rejects is passed over whole, nothing is looked for inside it.
func (m *matcher) split(text string, emit func(piece string, id int64) bool) bool {
	done := 0
	for at := 0; ; {
		token, start, end := m.find(text, at)
		if token == nil {
			break
		}
		at = end
		if token.singleWord && (m.wordBefore(text[:start]) || m.wordAfter(text[end:])) {
			continue
		}
		if token.lstrip {
			start = m.trimRight(text[:start]) // may lie before done, where rstrip has taken that space
		}
		if token.rstrip {
			end += m.spaceAtStart(text[end:])
		}
		if done < start && !emit(text[done:start], noID) {
			return false
		}
		if !emit("", token.id) {
			return false
		}
		done = end // may step back, where rstrip had taken white space that is an added token itself
	}
	return done == len(text) || emit(text[done:], noID)
}

// find returns the first match at or after from, nil when there is none.
func (m *matcher) find(text string, from int) (token *addedToken, start, end int) {
	if m.tree == nil {
		return nil, 0, 0
	}
	for i := from; ; i++ {
		i = m.candidate(text, i)
		if i == len(text) {
			return nil, 0, 0
		}
		if index, length := m.tree.longest(root, text[i:]); length > 0 {
			return &m.tokens[index], i, i + length
		}
	}
}

// candidate returns the next place where a pattern may begin, or the text's length.
func (m *matcher) candidate(text string, from int) int {
	if m.count == 1 {
		if i := strings.IndexByte(text[from:], m.only); i >= 0 {
			return from + i
		}
		return len(text)
	}
	for i := from; i < len(text); i++ {
		if m.begins[text[i]] {
			return i
		}
	}
	return len(text)
}

func (m *matcher) wordBefore(text string) bool {
	char, size := utf8.DecodeLastRuneInString(text)
	return size > 0 && m.chars.class(char)&word != 0
}

func (m *matcher) wordAfter(text string) bool {
	char, size := utf8.DecodeRuneInString(text)
	return size > 0 && m.chars.class(char)&word != 0
}

// trimRight returns the length of text without the white space at its end.
func (m *matcher) trimRight(text string) int {
	for end := len(text); ; {
		char, size := utf8.DecodeLastRuneInString(text[:end])
		if size == 0 || m.chars.class(char)&space == 0 {
			return end
		}
		end -= size
	}
}

// spaceAtStart returns how many bytes of white space text begins with.
func (m *matcher) spaceAtStart(text string) int {
	for at := 0; ; {
		char, size := utf8.DecodeRuneInString(text[at:])
		if size == 0 || m.chars.class(char)&space == 0 {
			return at
		}
		at += size
	}
}
