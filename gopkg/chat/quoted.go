package chat

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// quoted reads a string and resolves its escapes as Python does.
func (l *lexer) quoted(quote byte) error {
	rest := l.rest()
	end := 1
	for end < len(rest) && rest[end] != quote {
		if rest[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(rest) {
		return &InvalidError{Line: l.line, Reason: "a string without end"}
	}
	text, err := l.unescape(rest[1:end])
	if err != nil {
		return err
	}
	l.emit(stringToken, text)
	l.advance(end + 1)
	return nil
}

var simpleEscapes = map[byte]string{
	'\\': "\\", '\'': "'", '"': "\"", 'a': "\a", 'b': "\b", 'f': "\f", 'n': "\n", 'r': "\r", 't': "\t", 'v': "\v", '\n': "",
}

// escapeDigits: how many hexadecimal digits follow.
var escapeDigits = map[byte]int{'x': 2, 'u': 4, 'U': 8}

func (l *lexer) unescape(text string) (string, error) {
	if !strings.Contains(text, `\`) {
		return text, nil
	}
	var out strings.Builder
	for i := 0; i < len(text); {
		if text[i] != '\\' {
			_, size := utf8.DecodeRuneInString(text[i:])
			out.WriteString(text[i : i+size])
			i += size
			continue
		}
		c := text[i+1]
		plain, simple := simpleEscapes[c]
		switch {
		case simple:
			out.WriteString(plain)
			i += 2
		case escapeDigits[c] > 0:
			char, err := l.hexadecimal(text[i:], escapeDigits[c])
			if err != nil {
				return "", err
			}
			out.WriteRune(char)
			i += 2 + escapeDigits[c]
		case c == 'N' || c >= '0' && c <= '7':
			return "", &UnsupportedError{l.line, fmt.Sprintf("escape %q", text[i:i+2])}
		default: // Python leaves an escape alone that it does not know
			out.WriteByte('\\')
			i++
		}
	}
	return out.String(), nil
}

func (l *lexer) hexadecimal(text string, digits int) (rune, error) {
	if len(text) < 2+digits {
		return 0, &InvalidError{Line: l.line, Reason: fmt.Sprintf("escape %q is too short", text)}
	}
	code, err := strconv.ParseUint(text[2:2+digits], 16, 32)
	if err != nil || !utf8.ValidRune(rune(code)) || code > utf8.MaxRune {
		return 0, &InvalidError{Line: l.line, Reason: fmt.Sprintf("escape %q is no character", text[:2+digits])}
	}
	return rune(code), nil
}
