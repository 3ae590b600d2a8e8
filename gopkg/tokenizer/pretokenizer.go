package tokenizer

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// splitter cuts text into pieces, in order. What lies between pieces is dropped.
type splitter interface {
	// next returns the first piece at or after from, as a range of bytes; start == len(text) when there is none.
	next(text string, from int) (start, end int)
}

// preTokenizer splits normal text into words: each stage splits the pieces of the one before. Without stages the text is one word.
type preTokenizer struct {
	stages      []splitter
	byteLevel   bool // words go to the model byte by byte
	prefixSpace bool // a piece that reaches stage prefixed without a space before it gets one
	prefixed    int
}

func parsePreTokenizer(raw json.RawMessage) (*preTokenizer, error) {
	p := &preTokenizer{}
	if raw == nil {
		return p, nil
	}
	return p, p.parsePart("pre_tokenizer", raw)
}

// parsePart adds the stages of one part, a whole Sequence or one of its members.
func (p *preTokenizer) parsePart(part string, raw json.RawMessage) error {
	o, kind, err := typedObject(part, raw)
	if err != nil {
		return err
	}
	if p.byteLevel && kind != "Sequence" {
		return &UnsupportedError{Part: part + ".type", Value: kind, Have: "ByteLevel as the last of a Sequence"}
	}
	var stage splitter
	switch kind {
	case "Sequence":
		return p.parseSequence(o)
	case "ByteLevel":
		return p.parseByteLevel(o)
	case "BertPreTokenizer":
		stage, err = parseBertPreTokenizer(o)
	case "Digits":
		stage, err = parseDigits(o)
	case "Split":
		stage, err = parseSplit(o)
	default:
		err = &UnsupportedError{Part: part + ".type", Value: kind, Have: "BertPreTokenizer, ByteLevel, Digits, Split or Sequence"}
	}
	p.stages = append(p.stages, stage)
	return err
}

func (p *preTokenizer) parseSequence(o *object) error {
	var raws []json.RawMessage
	o.require("pretokenizers", &raws)
	if err := o.finish(); err != nil {
		return err
	}
	for i, raw := range raws {
		if err := p.parsePart(fmt.Sprintf("%s[%d]", o.name("pretokenizers"), i), raw); err != nil {
			return err
		}
	}
	return nil
}

// parseByteLevel reads the stage that lets the model see bytes. Its own splitting is GPT-2's; trim_offsets concerns offsets only.
func (p *preTokenizer) parseByteLevel(o *object) error {
	var trim bool
	split := true
	o.require("add_prefix_space", &p.prefixSpace)
	o.require("trim_offsets", &trim)
	o.optional("use_regex", &split)
	p.byteLevel, p.prefixed = true, len(p.stages)
	if split {
		p.stages = append(p.stages, newGPT2Pattern())
	}
	return o.finish()
}

// digits sets numbers apart from what is between them.
type digits struct {
	tables     *characters
	individual bool // each digit is a piece of its own
}

func parseDigits(o *object) (splitter, error) {
	d := &digits{tables: unicodeTables()}
	o.require("individual_digits", &d.individual)
	return d, o.finish()
}

func (d *digits) next(text string, from int) (start, end int) {
	char, size := utf8.DecodeRuneInString(text[from:])
	kind := d.tables.class(char) & numeric
	end = from + size
	if kind != 0 && d.individual {
		return from, end
	}
	for end < len(text) {
		char, size = utf8.DecodeRuneInString(text[end:])
		if d.tables.class(char)&numeric != kind {
			break
		}
		end += size
	}
	return from, end
}

// parseSplit recognises the patterns of the model families that are supported by their text. Each of them matches any text
// from end to end, so the ways to treat what lies between matches come to the same.
func parseSplit(o *object) (splitter, error) {
	var pattern map[string]string
	var behavior string
	var invert bool
	o.require("pattern", &pattern)
	o.require("behavior", &behavior)
	o.require("invert", &invert)
	if err := o.finish(); err != nil {
		return nil, err
	}
	text, isRegex := pattern["Regex"]
	if !isRegex || len(pattern) != 1 {
		return nil, &UnsupportedError{Part: o.name("pattern"), Value: fmt.Sprint(pattern), Have: "a Regex"}
	}
	if behavior != "Isolated" && !(behavior == "Removed" && invert) {
		return nil, &UnsupportedError{Part: o.name("behavior"), Value: behavior, Have: "Isolated, or Removed with invert,"}
	}
	known, found := splitPatterns[text]
	if !found {
		return nil, &UnsupportedError{Part: o.name("pattern.Regex"), Value: text, Have: "a pattern of GPT-2, Llama 3, Qwen2 or Qwen3.5"}
	}
	return known(), nil
}

// addPrefix appends a space and the text, unless the text begins with a space and can stay as it is.
func addPrefix(dst []byte, text string) (prefixed []byte, changed bool) {
	if strings.HasPrefix(text, " ") {
		return dst, false
	}
	return append(append(dst, ' '), text...), true
}
