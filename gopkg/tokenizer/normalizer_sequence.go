package tokenizer

import (
	"encoding/json"
	"fmt"
	"unsafe"
)

// normalizerSequence applies one normaliser after the other.
type normalizerSequence []normalizer

// parseNormalizerSequence returns nil for a sequence that does nothing.
func parseNormalizerSequence(o *object) (normalizer, error) {
	var raws []json.RawMessage
	o.require("normalizers", &raws)
	if err := o.finish(); err != nil {
		return nil, err
	}
	var all normalizerSequence
	for i, raw := range raws {
		n, err := parseNormalizerPart(fmt.Sprintf("%s[%d]", o.name("normalizers"), i), raw)
		if err != nil {
			return nil, err
		}
		if n != nil {
			all = append(all, n)
		}
	}
	switch len(all) {
	case 0:
		return nil, nil
	case 1:
		return all[0], nil
	}
	return all, nil
}

func (s normalizerSequence) isNormal(text string) bool {
	for _, n := range s {
		if !n.isNormal(text) {
			return false
		}
	}
	return true
}

// appendNormal writes each stage behind the one before, which it reads, and moves the last to the front in the end.
func (s normalizerSequence) appendNormal(dst []byte, text string) []byte {
	start := len(dst)
	for _, n := range s {
		at := len(dst)
		dst = n.appendNormal(dst, text)
		text = unsafe.String(unsafe.SliceData(dst[at:]), len(dst)-at)
	}
	return append(dst[:start], dst[len(dst)-len(text):]...)
}
