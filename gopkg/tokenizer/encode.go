package tokenizer

import (
	"sync"
	"unicode/utf8"
	"unsafe"
)

// Encode appends the ids of a text to dst: special tokens included, cut to the limit if there is one. It returns dst as it was
// when it fails: [ErrUTF8] for a text that is not UTF-8, and [ErrSecondSequence].
//
// Once dst has room and an earlier call has seen a text as long, a call allocates nothing; texts with combining marks that
// strip_accents keeps (a few Indic, Hangul and musical signs) cost an allocation or more.
func (t *Tokenizer) Encode(dst []int64, text string) ([]int64, error) {
	if !utf8.ValidString(text) {
		return dst, findInvalid(text)
	}
	e := encoders.Get().(*encoder)
	e.tokenizer, e.ids = t, dst
	err := e.fill(text)
	ids := e.ids
	e.release()
	if err != nil {
		return dst, err
	}
	return ids, nil
}

func findInvalid(text string) error {
	for i := 0; i < len(text); {
		char, size := utf8.DecodeRuneInString(text[i:])
		if char == utf8.RuneError && size == 1 {
			return &UTF8Error{Offset: i, Byte: text[i]}
		}
		i += size
	}
	return nil
}

// encoder is the state of one call of Encode.
type encoder struct {
	tokenizer *Tokenizer
	normal    []byte  // the normalised form of the piece of text at hand
	prefixed  []byte  // and of that, the part at hand with a space before it
	ids       []int64 // the caller's slice
	full      int     // length of ids at which the text needs no more of them
}

var encoders = sync.Pool{New: func() any { return new(encoder) }}

// largestKept bounds the memory that an idle encoder holds on to, in bytes.
const largestKept = 1 << 20

func (e *encoder) release() {
	e.tokenizer, e.ids = nil, nil
	if cap(e.normal)+cap(e.prefixed) <= largestKept {
		encoders.Put(e)
	}
}

// fill follows the template. A template that names the text more than once repeats its tokens.
func (e *encoder) fill(text string) error {
	start, end := -1, 0
	for _, piece := range e.tokenizer.template {
		switch {
		case piece.ids != nil:
			e.ids = append(e.ids, piece.ids...)
		case start < 0:
			start = len(e.ids)
			if err := e.addTruncated(text); err != nil {
				return err
			}
			end = len(e.ids)
		default:
			e.ids = append(e.ids, e.ids[start:end]...)
		}
	}
	return nil
}

// addTruncated appends the text's own tokens. Where the end of the text is what is dropped, its tokens are not even made.
func (e *encoder) addTruncated(text string) error {
	const unlimited = int(^uint(0) >> 1)
	limit := e.tokenizer.truncation
	if limit == nil {
		e.full = unlimited
		e.addText(text)
		return nil
	}
	start, room := len(e.ids), limit.MaxLength-e.tokenizer.template.added()
	if room == 0 {
		return nil
	}
	switch {
	case limit.Strategy == OnlySecond:
		e.full = start + room + 1
	case limit.Direction == Left:
		e.full = unlimited
	default:
		e.full = start + room
	}
	e.addText(text)
	excess := len(e.ids) - start - room
	switch {
	case excess <= 0:
	case limit.Strategy == OnlySecond:
		return ErrSecondSequence
	case limit.Direction == Left:
		e.ids = append(e.ids[:start], e.ids[start+excess:]...)
	default:
		e.ids = e.ids[:start+room]
	}
	return nil
}

// addText finds the added tokens that are looked for in the text as it is.
func (e *encoder) addText(text string) {
	e.tokenizer.literal.split(text, func(piece string, id int64) bool {
		if id != noID {
			e.ids = append(e.ids, id)
		} else {
			e.addPiece(piece)
		}
		return len(e.ids) < e.full
	})
}

// addPiece normalises, and finds the added tokens that are looked for after that.
func (e *encoder) addPiece(piece string) {
	if n := e.tokenizer.normalizer; n != nil && !n.isNormal(piece) {
		e.normal = n.appendNormal(e.normal[:0], piece)
		// A view, not a copy: it is gone before the next piece overwrites what it shows.
		piece = unsafe.String(unsafe.SliceData(e.normal), len(e.normal))
	}
	e.tokenizer.normalized.split(piece, func(piece string, id int64) bool {
		if id != noID {
			e.ids = append(e.ids, id)
		} else {
			e.addWords(piece, 0)
		}
		return len(e.ids) < e.full
	})
}

// addWords sends a piece of text through the stages of the pre-tokenizer from the given one on, and each word to the model.
func (e *encoder) addWords(text string, stage int) {
	split := e.tokenizer.preTokenizer
	if split.prefixSpace && stage == split.prefixed {
		var changed bool
		if e.prefixed, changed = addPrefix(e.prefixed[:0], text); changed {
			text = unsafe.String(unsafe.SliceData(e.prefixed), len(e.prefixed))
		}
	}
	if stage == len(split.stages) {
		e.ids = e.tokenizer.model.appendWord(e.ids, text)
		return
	}
	for at := 0; len(e.ids) < e.full; {
		start, end := split.stages[stage].next(text, at)
		if start == len(text) {
			return
		}
		e.addWords(text[start:end], stage+1)
		at = end
	}
}
