package tokenizer

import "unicode/utf8"

// byteAlphabet is how vocabularies of the byte-level families spell bytes: printable characters of Latin-1 stand for
// themselves, and the other bytes, in order, for the characters from U+0100 on.
var byteAlphabet = func() (alphabet [256]rune) {
	next := rune(0x100)
	for b := range rune(256) {
		switch {
		case b >= '!' && b <= '~', b >= 0xa1 && b <= 0xac, b >= 0xae:
			alphabet[b] = b
		default:
			alphabet[b] = next
			next++
		}
	}
	return alphabet
}()

var byteOf = func() map[rune]byte {
	bytes := map[rune]byte{}
	for b, char := range byteAlphabet {
		bytes[char] = byte(b)
	}
	return bytes
}()

// appendSpelledBytes appends the bytes that a token of the vocabulary stands for. It returns false for a token that has other
// characters, such as most special tokens: no text becomes that.
func appendSpelledBytes(dst []byte, token string) ([]byte, bool) {
	for i := 0; i < len(token); {
		char, size := utf8.DecodeRuneInString(token[i:])
		b, found := byteOf[char]
		if !found {
			return dst, false
		}
		dst = append(dst, b)
		i += size
	}
	return dst, true
}
