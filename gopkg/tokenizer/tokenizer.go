package tokenizer

import (
	"fmt"
	"os"
)

// Tokenizer turns text into token ids. It does not change and may be used by any number of goroutines at once.
type Tokenizer struct {
	vocabulary   *vocabulary
	literal      matcher // added tokens that are looked for in the text as it is
	normalized   matcher // and those in the normalised text
	normalizer   normalizer
	preTokenizer *preTokenizer
	model        model
	template     template
	truncation   *Truncation // nil: no limit
}

// Load reads a tokenizer.json. What the file asks for and this package does not do is an [ErrUnsupported] that names the part;
// a file that is not a valid tokenizer.json is an [ErrInvalid].
func Load(path string) (*Tokenizer, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("tokenizer: %w", err)
	}
	t, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

// Parse reads a tokenizer.json that is already in memory, with the errors of [Load].
func Parse(data []byte) (*Tokenizer, error) {
	t := &Tokenizer{}
	if err := t.parseFile(data); err != nil {
		return nil, err
	}
	return t, nil
}

// Options change what a tokenizer.json says. The zero value changes nothing.
type Options struct {
	Truncation      *Truncation // instead of the file's; nil: the file's
	NoTruncation    bool        // no limit, whatever the file says
	NoSpecialTokens bool        // only the text's own tokens, without [CLS] and [SEP] around them
}

// With returns a tokenizer that follows the options and shares everything else with t. Options that contradict each other, or
// a limit below the number of special tokens, are an [ErrInvalid].
func (t *Tokenizer) With(o Options) (*Tokenizer, error) {
	if o.NoTruncation && o.Truncation != nil {
		return nil, invalid("Options", "NoTruncation and Truncation exclude each other")
	}
	changed := *t
	if o.NoSpecialTokens {
		changed.template = t.template.withoutSpecials()
	}
	switch {
	case o.NoTruncation:
		changed.truncation = nil
	case o.Truncation != nil:
		limit := *o.Truncation
		if err := limit.check("Options.Truncation", changed.template.added()); err != nil {
			return nil, err
		}
		changed.truncation = &limit
	}
	return &changed, nil
}

// VocabularySize is one more than the greatest id, added tokens included: the least number of rows of an embedding table that
// holds them all, and the exclusive upper limit of every id that Encode returns.
func (t *Tokenizer) VocabularySize() int { return t.vocabulary.size() }

// MaxLength is the greatest number of ids that Encode appends for a text; 0 means that there is no limit.
func (t *Tokenizer) MaxLength() int {
	if t.truncation == nil {
		return 0
	}
	return t.truncation.MaxLength
}

// TokenID returns the id of a token as the vocabulary spells it, such as "[SEP]" or "##ing".
func (t *Tokenizer) TokenID(token string) (id int64, found bool) {
	number, found := t.vocabulary.ids[token]
	return int64(number), found
}

// Token returns the token that an id stands for, as the vocabulary spells it.
func (t *Tokenizer) Token(id int64) (token string, found bool) { return t.vocabulary.token(id) }
