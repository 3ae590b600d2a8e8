package index

import (
	"encoding/binary"
	"encoding/json"
	"fmt"

	"github.com/q2kernel/q2/gopkg/q2"
)

// The keys of the store: a letter, then big-endian numbers, so that the store's order is that of the numbers.
//
//	e id       entry: key (8 bytes), transitions (4), the code, the payload; little-endian
//	k key id   transitions (4): the ordered list of keys
//	v id       the vector
//	l seq      ids that batch seq changed (8 bytes each), until the scan array has them on disk
//	m config   what the index holds, as JSON
//	m state    seq of the last batch (8), number of entries (8)
const (
	entrySpace  = 'e'
	keySpace    = 'k'
	vectorSpace = 'v'
	logSpace    = 'l'
)

var (
	configKey = []byte("mconfig")
	stateKey  = []byte("mstate")
)

const entryHeader = 12

func numberKey(space byte, number uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{space}, number)
}

func entryKey(id uint64) []byte  { return numberKey(entrySpace, id) }
func vectorKey(id uint64) []byte { return numberKey(vectorSpace, id) }
func logKey(seq uint64) []byte   { return numberKey(logSpace, seq) }

func orderedKey(key, id uint64) []byte {
	return binary.BigEndian.AppendUint64(numberKey(keySpace, key), id)
}

// spaceEnd is behind all keys of a space.
func spaceEnd(space byte) []byte { return []byte{space + 1} }

func parseNumberKey(raw []byte) (uint64, error) {
	if len(raw) != 9 {
		return 0, fmt.Errorf("a key of %d bytes where 9 are expected", len(raw))
	}
	return binary.BigEndian.Uint64(raw[1:]), nil
}

func parseOrderedKey(raw []byte) (key, id uint64, err error) {
	if len(raw) != 17 {
		return 0, 0, fmt.Errorf("a key of %d bytes where 17 are expected", len(raw))
	}
	return binary.BigEndian.Uint64(raw[1:]), binary.BigEndian.Uint64(raw[9:]), nil
}

func entryValue(key q2.TransitionKey, code, payload []byte) []byte {
	value := make([]byte, 0, entryHeader+len(code)+len(payload))
	value = binary.LittleEndian.AppendUint64(value, key.Bits)
	value = binary.LittleEndian.AppendUint32(value, key.Transitions)
	return append(append(value, code...), payload...)
}

// parseEntry slices value: the entry is good as long as value is.
func parseEntry(id uint64, value []byte, codeLen int) (Entry, error) {
	if len(value) < entryHeader+codeLen {
		return Entry{}, fmt.Errorf("the entry of id %d has %d bytes, at least %d are expected", id, len(value), entryHeader+codeLen)
	}
	return Entry{
		ID:      id,
		Key:     q2.TransitionKey{Bits: binary.LittleEndian.Uint64(value), Transitions: binary.LittleEndian.Uint32(value[8:])},
		Code:    value[entryHeader : entryHeader+codeLen : entryHeader+codeLen],
		Payload: value[entryHeader+codeLen:],
	}, nil
}

func transitionsValue(transitions uint32) []byte {
	return binary.LittleEndian.AppendUint32(nil, transitions)
}

// state is where the store stands.
type state struct{ seq, count uint64 }

func (s state) value() []byte {
	return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, s.seq), s.count)
}

func parseState(value []byte) (state, error) {
	if len(value) != 16 {
		return state{}, fmt.Errorf("the state has %d bytes where 16 are expected", len(value))
	}
	return state{binary.LittleEndian.Uint64(value), binary.LittleEndian.Uint64(value[8:])}, nil
}

func idsValue(ids []uint64) []byte {
	value := make([]byte, 0, 8*len(ids))
	for _, id := range ids {
		value = binary.LittleEndian.AppendUint64(value, id)
	}
	return value
}

// config is what an index holds, and never changes.
type config struct {
	Format  int    `json:"format"`
	N       int    `json:"n"`
	Dtype   string `json:"dtype"`
	Vectors string `json:"vectors"`
}

const formatVersion = 1

func (o Options) config() config {
	return config{formatVersion, o.N, o.Dtype.String(), o.Vectors.String()}
}

func (c config) value() []byte {
	value, err := json.Marshal(c)
	if err != nil {
		panic(err) // strings and numbers
	}
	return value
}

func parseConfig(dir string, value []byte) (c config, err error) {
	if err := json.Unmarshal(value, &c); err != nil {
		return c, &DamageError{Files: []string{storeFolder}, What: "what the index holds can't be read", Err: err}
	}
	if c.Format != formatVersion {
		return c, &MismatchError{dir, "format", formatVersion, c.Format}
	}
	return c, nil
}

// adopt takes what the directory says, or says in what the options differ.
func (o Options) adopt(dir string, c config) (Options, error) {
	dtype, err := q2.ParseDtype(c.Dtype)
	if err != nil {
		return o, err
	}
	vectors, err := ParseVectors(c.Vectors)
	if err != nil {
		return o, err
	}
	if o.N != 0 {
		switch {
		case o.N != c.N:
			return o, &MismatchError{dir, "N", o.N, c.N}
		case o.Dtype != dtype:
			return o, &MismatchError{dir, "dtype", o.Dtype, dtype}
		case o.Vectors != vectors:
			return o, &MismatchError{dir, "vectors", o.Vectors, vectors}
		}
	}
	o.N, o.Dtype, o.Vectors = c.N, dtype, vectors
	return o, nil
}
