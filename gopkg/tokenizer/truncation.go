package tokenizer

import (
	"encoding/json"
	"fmt"
)

// Strategy says which text of a pair is shortened. There is only a single text here, so the first two do the same.
type Strategy uint8

// The strategies of a tokenizer.json.
const (
	LongestFirst Strategy = iota
	OnlyFirst
	OnlySecond // a single text that is too long is then an error: ErrSecondSequence
)

var strategyNames = []string{"LongestFirst", "OnlyFirst", "OnlySecond"}

// String returns the name that a tokenizer.json uses.
func (s Strategy) String() string { return nameOf(strategyNames, int(s)) }

// Direction says at which end of a text the tokens that are too many are dropped.
type Direction uint8

// The directions of a tokenizer.json.
const (
	Right Direction = iota // the end of the text is dropped
	Left                   // its beginning is
)

var directionNames = []string{"Right", "Left"}

// String returns the name that a tokenizer.json uses.
func (d Direction) String() string { return nameOf(directionNames, int(d)) }

func nameOf(names []string, i int) string {
	if i < len(names) {
		return names[i]
	}
	return fmt.Sprintf("unknown (%d)", i)
}

// Truncation is a limit on the number of ids that [Tokenizer.Encode] returns for a text.
type Truncation struct {
	MaxLength int // ids, special tokens included; at least 1 and at least the number of special tokens
	Strategy  Strategy
	Direction Direction
	// Stride is the overlap of overflowing parts, which are not returned: it has no effect on ids. It must be less than what
	// MaxLength leaves to the text, as the Rust library demands.
	Stride int
}

func (t *Tokenizer) parseTruncation(raw json.RawMessage) error {
	if raw == nil {
		return nil
	}
	o, err := parseObject("truncation", raw)
	if err != nil {
		return err
	}
	var truncation Truncation
	var strategy, direction string
	o.require("max_length", &truncation.MaxLength)
	o.require("strategy", &strategy)
	o.require("stride", &truncation.Stride)
	o.optional("direction", &direction)
	truncation.Strategy = Strategy(o.named("strategy", strategy, strategyNames))
	if direction != "" {
		truncation.Direction = Direction(o.named("direction", direction, directionNames))
	}
	if err := o.finish(); err != nil {
		return err
	}
	t.truncation = &truncation
	return truncation.check("truncation", t.template.added())
}

// named finds a value among the names that are supported, and fails the object if it is not there.
func (o *object) named(field, value string, names []string) int {
	for i, name := range names {
		if value == name {
			return i
		}
	}
	o.fail(&UnsupportedError{Part: o.name(field), Value: value, Have: fmt.Sprintf("%q", names)})
	return 0
}

// check refuses limits that leave less than nothing to the text. added is the number of special tokens.
func (t *Truncation) check(part string, added int) error {
	room := t.MaxLength - added
	switch {
	case t.MaxLength < 1 || room < 0:
		return invalid(part, "max_length %d should be at least %d", t.MaxLength, max(1, added))
	case t.Stride < 0 || room > 0 && t.Stride >= room:
		return invalid(part, "stride %d should be 0 or more and less than %d, what max_length leaves to the text", t.Stride, room)
	case int(t.Strategy) >= len(strategyNames):
		return invalid(part, "strategy %v", t.Strategy)
	case int(t.Direction) >= len(directionNames):
		return invalid(part, "direction %v", t.Direction)
	}
	return nil
}
