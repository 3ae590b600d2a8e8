package tokenizer

import (
	"encoding/json"
	"fmt"
)

// template is the order in which special tokens and the text's own make up the result: a post-processor.
type template []templatePiece

// templatePiece is the text's tokens when ids is nil, else these special tokens.
type templatePiece struct{ ids []int64 }

var textOnly = template{{}}

// added is the number of special tokens.
func (t template) added() int {
	count := 0
	for _, piece := range t {
		count += len(piece.ids)
	}
	return count
}

// withoutSpecials is the template that is left when no special tokens are wanted.
func (t template) withoutSpecials() template {
	var left template
	for _, piece := range t {
		if piece.ids == nil {
			left = append(left, piece)
		}
	}
	return left
}

func parsePostProcessor(raw json.RawMessage, v *vocabulary) (template, error) {
	if raw == nil {
		return textOnly, nil
	}
	t, err := parseProcessor("post_processor", raw, v)
	if t == nil {
		t = textOnly
	}
	return t, err
}

// parseProcessor returns nil for one that leaves ids alone.
func parseProcessor(part string, raw json.RawMessage, v *vocabulary) (template, error) {
	o, kind, err := typedObject(part, raw)
	if err != nil {
		return nil, err
	}
	switch kind {
	case "TemplateProcessing":
		return parseTemplateProcessing(o, v)
	case "BertProcessing":
		return parseBertProcessing(o, v)
	case "ByteLevel":
		return nil, checkByteLevelProcessor(o)
	case "Sequence":
		return parseProcessorSequence(o, v)
	}
	return nil, &UnsupportedError{Part: o.name("type"), Value: kind, Have: "TemplateProcessing, BertProcessing, ByteLevel or Sequence"}
}

// checkByteLevelProcessor reads what concerns offsets only.
func checkByteLevelProcessor(o *object) error {
	var flag bool
	o.require("add_prefix_space", &flag)
	o.require("trim_offsets", &flag)
	o.optional("use_regex", &flag)
	return o.finish()
}

// parseProcessorSequence takes one processor that adds tokens; the Rust library panics on a second.
func parseProcessorSequence(o *object, v *vocabulary) (template, error) {
	var raws []json.RawMessage
	o.require("processors", &raws)
	if err := o.finish(); err != nil {
		return nil, err
	}
	var only template
	for i, raw := range raws {
		t, err := parseProcessor(fmt.Sprintf("%s[%d]", o.name("processors"), i), raw, v)
		if err != nil {
			return nil, err
		}
		if t != nil && only != nil {
			return nil, &UnsupportedError{Part: o.name("processors"), Value: fmt.Sprint(len(raws)), Have: "one that adds tokens"}
		}
		if t != nil {
			only = t
		}
	}
	return only, nil
}

// parseBertProcessing reads the older form of "[CLS] text [SEP]".
func parseBertProcessing(o *object, v *vocabulary) (template, error) {
	sep, cls := parseTokenPair(o, "sep", v), parseTokenPair(o, "cls", v)
	return template{{ids: cls}, {}, {ids: sep}}, o.finish()
}

// parseTokenPair reads ["[SEP]", 102].
func parseTokenPair(o *object, field string, v *vocabulary) []int64 {
	var raw []json.RawMessage
	if o.require(field, &raw); o.err != nil {
		return nil
	}
	var text string
	var id uint32
	if len(raw) != 2 || json.Unmarshal(raw[0], &text) != nil || json.Unmarshal(raw[1], &id) != nil {
		o.fail(invalid(o.name(field), "should be a token and its id"))
		return nil
	}
	o.fail(checkKnown(o.name(field), id, v))
	return []int64{int64(id)}
}

func checkKnown(part string, id uint32, v *vocabulary) error {
	if _, known := v.token(int64(id)); !known {
		return invalid(part, "id %d is no token's", id)
	}
	return nil
}

// parseTemplateProcessing reads the template for a single text; the one for pairs is not used.
func parseTemplateProcessing(o *object, v *vocabulary) (template, error) {
	var single, specials json.RawMessage
	o.require("single", &single)
	o.require("special_tokens", &specials)
	o.ignore("pair")
	if err := o.finish(); err != nil {
		return nil, err
	}
	special, err := parseSpecialTokens(o.name("special_tokens"), specials, v)
	if err != nil {
		return nil, err
	}
	pieces, err := elements(o.name("single"), single)
	if err != nil {
		return nil, err
	}
	result := make(template, len(pieces))
	for i, piece := range pieces {
		if result[i], err = parseTemplatePiece(piece, special); err != nil {
			return nil, err
		}
	}
	return result, nil
}

func parseSpecialTokens(part string, raw json.RawMessage, v *vocabulary) (map[string][]int64, error) {
	var entries map[string]json.RawMessage
	if err := json.Unmarshal(raw, &entries); err != nil {
		return nil, &InvalidError{Part: part, Reason: "not a JSON object", Err: err}
	}
	special := map[string][]int64{}
	for name, entry := range entries {
		o, err := parseObject(fmt.Sprintf("%s[%q]", part, name), entry)
		if err != nil {
			return nil, err
		}
		if special[name], err = parseSpecialToken(o, v); err != nil {
			return nil, err
		}
	}
	return special, nil
}

func parseSpecialToken(o *object, v *vocabulary) ([]int64, error) {
	var id string
	var numbers []uint32
	var tokens []string
	o.require("id", &id)
	o.require("ids", &numbers)
	o.require("tokens", &tokens)
	if len(numbers) != len(tokens) {
		o.fail(invalid(o.name("ids"), "%d ids for %d tokens", len(numbers), len(tokens)))
	}
	ids := make([]int64, len(numbers))
	for i, number := range numbers {
		ids[i] = int64(number)
		o.fail(checkKnown(o.name("ids"), number, v))
	}
	return ids, o.finish()
}

// parseTemplatePiece reads {"Sequence": {"id": "A", "type_id": 0}} or {"SpecialToken": {"id": "[CLS]", "type_id": 0}}.
func parseTemplatePiece(o *object, special map[string][]int64) (templatePiece, error) {
	for _, kind := range []string{"Sequence", "SpecialToken"} {
		raw, found := o.take(kind)
		if !found {
			continue
		}
		inner, err := parseObject(o.name(kind), raw)
		if err != nil {
			return templatePiece{}, err
		}
		var id string
		var typeID uint32
		inner.require("id", &id)
		inner.require("type_id", &typeID)
		if typeID != 0 {
			inner.fail(&UnsupportedError{Part: inner.name("type_id"), Value: fmt.Sprint(typeID), Have: "0"})
		}
		if err := inner.finish(); err != nil {
			return templatePiece{}, err
		}
		piece, err := namedPiece(inner, kind, id, special)
		o.fail(err)
		return piece, o.finish()
	}
	return templatePiece{}, invalid(o.part, "neither a Sequence nor a SpecialToken")
}

func namedPiece(o *object, kind, id string, special map[string][]int64) (templatePiece, error) {
	if kind == "Sequence" {
		if id != "A" {
			return templatePiece{}, invalid(o.name("id"), "%q in the template for a single text; it has only A", id)
		}
		return templatePiece{}, nil
	}
	ids, found := special[id]
	if !found {
		return templatePiece{}, invalid(o.name("id"), "%q is not among the special_tokens", id)
	}
	return templatePiece{ids: ids}, nil
}
