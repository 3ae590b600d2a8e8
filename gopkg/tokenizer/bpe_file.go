package tokenizer

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// parseBPE reads a model for words of bytes. Parts that other families of BPE use are refused unless they are switched off.
func parseBPE(o *object) (model, *vocabulary, error) {
	m := &bpe{unknown: noToken}
	var ids map[string]uint32
	var rawMerges json.RawMessage
	var unknown *string
	o.require("vocab", &ids)
	o.require("merges", &rawMerges)
	o.optional("unk_token", &unknown)
	o.optional("fuse_unk", &m.fuseUnknown)
	o.optional("ignore_merges", &m.ignoreMerges)
	o.refuseUnless("dropout", "null", "0", "0.0")
	o.refuseUnless("continuing_subword_prefix", "null", `""`)
	o.refuseUnless("end_of_word_suffix", "null", `""`)
	o.refuseUnless("byte_fallback", "null", "false")
	if err := o.finish(); err != nil {
		return nil, nil, err
	}
	if err := m.readVocabulary(ids); err != nil {
		return nil, nil, err
	}
	if err := m.readUnknown(ids, unknown); err != nil {
		return nil, nil, err
	}
	merges, err := parseMerges(rawMerges)
	if err != nil {
		return nil, nil, err
	}
	if err := m.readMerges(ids, merges); err != nil {
		return nil, nil, err
	}
	return m, newVocabulary(ids), nil
}

// refuseUnless takes a field that must be missing or have one of the given values.
func (o *object) refuseUnless(field string, values ...string) {
	raw, found := o.fields[field]
	delete(o.fields, field)
	if !found || slices.Contains(values, string(raw)) {
		return
	}
	value := string(raw)
	if text := ""; json.Unmarshal(raw, &text) == nil {
		value = text
	}
	o.fail(&UnsupportedError{Part: o.name(field), Value: value, Have: values[len(values)-1]})
}

// readVocabulary finds the tokens that bytes of text can become.
func (m *bpe) readVocabulary(ids map[string]uint32) error {
	for b := range m.bytes {
		m.bytes[b] = noToken
	}
	if first, second, id, shared := sharedID(ids); shared {
		return invalid("model.vocab", "%q and %q share id %d", first, second, id)
	}
	m.words = make(map[string]wholeWord, len(ids))
	var word []byte
	for token, id := range ids {
		if id == noToken {
			return invalid("model.vocab", "%q has id %d, the limit is %d", token, id, noToken-1)
		}
		var spelled bool
		if word, spelled = appendSpelledBytes(word[:0], token); !spelled || len(word) == 0 {
			continue
		}
		if len(word) == 1 {
			m.bytes[word[0]] = id
		}
		m.longest = max(m.longest, len(word))
		m.words[string(word)] = wholeWord{id, uint32(len(m.words))}
	}
	m.single, m.several = newBitSet(len(m.words)), newBitSet(len(m.words))
	return nil
}

// sharedID finds two tokens with one id, which a merge could not tell apart. The names come in byte order.
func sharedID(ids map[string]uint32) (first, second string, id uint32, shared bool) {
	owners := make(map[uint32]string, len(ids))
	for token, id := range ids {
		if other, taken := owners[id]; taken {
			return min(token, other), max(token, other), id, true
		}
		owners[id] = token
	}
	return "", "", 0, false
}

// readUnknown finds the token that stands for bytes without one. It may be missing where no byte needs it.
func (m *bpe) readUnknown(ids map[string]uint32, unknown *string) error {
	if unknown == nil || !slices.Contains(m.bytes[:], noToken) {
		return nil
	}
	id, found := ids[*unknown]
	if !found {
		return invalid("model.unk_token", "%q is not in model.vocab, which lacks byte %#02x", *unknown, slices.Index(m.bytes[:], noToken))
	}
	m.unknown = id
	return nil
}

// parseMerges reads both forms: [["a", "b"], ...] and the older ["a b", ...].
func parseMerges(raw json.RawMessage) ([][]string, error) {
	var pairs [][]string
	if json.Unmarshal(raw, &pairs) == nil {
		for i, pair := range pairs {
			if len(pair) != 2 {
				return nil, invalid(fmt.Sprintf("model.merges[%d]", i), "%q should be two tokens", pair)
			}
		}
		return pairs, nil
	}
	var lines []string
	if err := json.Unmarshal(raw, &lines); err != nil {
		return nil, &InvalidError{Part: "model.merges", Reason: "neither pairs of tokens nor lines of two tokens", Err: err}
	}
	pairs = pairs[:0] // what the failed attempt left
	for i, line := range lines {
		if strings.HasPrefix(line, "#version") {
			continue
		}
		pair := strings.Split(line, " ")
		if len(pair) != 2 {
			return nil, invalid(fmt.Sprintf("model.merges[%d]", i), "%q should be two tokens with a space between", line)
		}
		pairs = append(pairs, pair)
	}
	return pairs, nil
}

func (m *bpe) readMerges(ids map[string]uint32, merges [][]string) error {
	if uint64(len(merges)) >= uint64(noRank) {
		return invalid("model.merges", "%d of them, the limit is %d", len(merges), noRank-1)
	}
	m.merges = newPairTable(max(1, len(merges)))
	for rank, pair := range merges {
		var parts [3]uint32
		for i, token := range [3]string{pair[0], pair[1], pair[0] + pair[1]} {
			id, found := ids[token]
			if !found {
				return invalid(fmt.Sprintf("model.merges[%d]", rank), "%q is not in model.vocab", token)
			}
			parts[i] = id
		}
		m.merges.set(parts[0], parts[1], mergedPair{uint32(rank), parts[2]})
	}
	return nil
}
