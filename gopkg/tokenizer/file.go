package tokenizer

import (
	"encoding/json"
	"unicode/utf8"
)

// parseFile reads the parts of a tokenizer.json into t.
func (t *Tokenizer) parseFile(data []byte) error {
	if !utf8.Valid(data) {
		return invalid("tokenizer.json", "not UTF-8")
	}
	file, err := parseObject("", data)
	if err != nil {
		return err
	}
	var version string
	if file.optional("version", &version); version != "" && version != "1.0" {
		file.fail(&UnsupportedError{Part: "version", Value: version, Have: "1.0"})
	}
	file.ignore("padding")
	file.ignore("decoder")
	var parts struct{ normalizer, preTokenizer, model, added, postProcessor, truncation json.RawMessage }
	file.optional("normalizer", &parts.normalizer)
	file.optional("pre_tokenizer", &parts.preTokenizer)
	file.require("model", &parts.model)
	file.optional("added_tokens", &parts.added)
	file.optional("post_processor", &parts.postProcessor)
	file.optional("truncation", &parts.truncation)
	if err := file.finish(); err != nil {
		return err
	}
	if t.normalizer, err = parseNormalizer(parts.normalizer); err != nil {
		return err
	}
	if t.preTokenizer, err = parsePreTokenizer(parts.preTokenizer); err != nil {
		return err
	}
	if t.model, t.vocabulary, err = parseModel(parts.model); err != nil {
		return err
	}
	if err = t.parseAddedTokens(parts.added); err != nil {
		return err
	}
	t.vocabulary.number()
	if t.template, err = parsePostProcessor(parts.postProcessor, t.vocabulary); err != nil {
		return err
	}
	return t.parseTruncation(parts.truncation)
}

// parseNormalizer returns nil for a file without one.
func parseNormalizer(raw json.RawMessage) (normalizer, error) {
	if raw == nil {
		return nil, nil
	}
	o, kind, err := typedObject("normalizer", raw)
	if err != nil {
		return nil, err
	}
	if kind != "BertNormalizer" {
		return nil, &UnsupportedError{Part: "normalizer.type", Value: kind, Have: "BertNormalizer"}
	}
	return parseBertNormalizer(o)
}

func parsePreTokenizer(raw json.RawMessage) (preTokenizer, error) {
	if raw == nil {
		return wholeText{}, nil
	}
	o, kind, err := typedObject("pre_tokenizer", raw)
	if err != nil {
		return nil, err
	}
	if kind != "BertPreTokenizer" {
		return nil, &UnsupportedError{Part: "pre_tokenizer.type", Value: kind, Have: "BertPreTokenizer"}
	}
	return parseBertPreTokenizer(o)
}

// parseModel takes a model without a type for WordPiece, as old files have it; its fields are required all the same.
func parseModel(raw json.RawMessage) (model, *vocabulary, error) {
	o, err := parseObject("model", raw)
	if err != nil {
		return nil, nil, err
	}
	kind := "WordPiece"
	if o.optional("type", &kind); o.err != nil {
		return nil, nil, o.err
	}
	if kind != "WordPiece" {
		return nil, nil, &UnsupportedError{Part: "model.type", Value: kind, Have: "WordPiece"}
	}
	return parseWordPiece(o)
}

func typedObject(part string, raw json.RawMessage) (o *object, kind string, err error) {
	if o, err = parseObject(part, raw); err != nil {
		return nil, "", err
	}
	o.require("type", &kind)
	return o, kind, o.err
}
