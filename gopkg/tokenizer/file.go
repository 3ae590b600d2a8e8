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
	if err = t.matchBytes(); err != nil {
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
	return parseNormalizerPart("normalizer", raw)
}

func parseNormalizerPart(part string, raw json.RawMessage) (normalizer, error) {
	o, kind, err := typedObject(part, raw)
	if err != nil {
		return nil, err
	}
	switch kind {
	case "BertNormalizer":
		return parseBertNormalizer(o)
	case "NFC":
		return parseNFC(o)
	case "Sequence":
		return parseNormalizerSequence(o)
	}
	return nil, &UnsupportedError{Part: o.name("type"), Value: kind, Have: "BertNormalizer, NFC or Sequence"}
}

// parseModel reads the type off the parts where it is missing, as old files have it.
func parseModel(raw json.RawMessage) (model, *vocabulary, error) {
	o, err := parseObject("model", raw)
	if err != nil {
		return nil, nil, err
	}
	kind := "WordPiece"
	if _, hasMerges := o.fields["merges"]; hasMerges {
		kind = "BPE"
	}
	if o.optional("type", &kind); o.err != nil {
		return nil, nil, o.err
	}
	switch kind {
	case "WordPiece":
		return parseWordPiece(o)
	case "BPE":
		return parseBPE(o)
	}
	return nil, nil, &UnsupportedError{Part: "model.type", Value: kind, Have: "WordPiece or BPE"}
}

// matchBytes refuses a model of bytes without the pre-tokenizer that shows them to it, and the other way round.
func (t *Tokenizer) matchBytes() error {
	_, ofBytes := t.model.(*bpe)
	switch {
	case ofBytes && !t.preTokenizer.byteLevel:
		return &UnsupportedError{Part: "model.type", Value: "BPE", Have: "BPE behind a ByteLevel pre_tokenizer"}
	case !ofBytes && t.preTokenizer.byteLevel:
		return &UnsupportedError{Part: "pre_tokenizer", Value: "ByteLevel", Have: "ByteLevel before a BPE model"}
	}
	return nil
}

func typedObject(part string, raw json.RawMessage) (o *object, kind string, err error) {
	if o, err = parseObject(part, raw); err != nil {
		return nil, "", err
	}
	o.require("type", &kind)
	return o, kind, o.err
}
