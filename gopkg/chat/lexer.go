package chat

import (
	"fmt"
	"strings"
	"unicode"
)

// tokenKind tells what a token of a template is.
type tokenKind uint8

const (
	endOfTemplate tokenKind = iota
	textToken               // text to print as it is
	printBegin              // {{
	printEnd                // }}
	tagBegin                // {%
	tagEnd                  // %}
	nameToken
	stringToken
	integerToken
	floatToken
	operatorToken
)

type token struct {
	kind tokenKind
	text string // of a string: what it means
	line int
}

func (t token) String() string {
	switch t.kind {
	case endOfTemplate:
		return "the end of the template"
	case textToken:
		return "text"
	}
	return fmt.Sprintf("%q", t.text)
}

// is reports that a token is this name or operator.
func (t token) is(text string) bool {
	return (t.kind == nameToken || t.kind == operatorToken) && t.text == text
}

// lexer cuts a template into tokens with the settings that chat templates are written for: trim_blocks and lstrip_blocks. The line
// end behind a tag goes, and the white space before it if the line begins with that.
type lexer struct {
	source string
	at     int
	line   int
	tokens []token
	open   []byte // brackets waiting to be closed
	// lineStarts: what was read last ended with a line end, or nothing was read yet.
	lineStarts bool
}

// lex normalises line ends, drops the last one, and returns all tokens with an endOfTemplate behind.
func lex(source string) ([]token, error) {
	source = strings.ReplaceAll(strings.ReplaceAll(source, "\r\n", "\n"), "\r", "\n")
	l := &lexer{source: strings.TrimSuffix(source, "\n"), line: 1, lineStarts: true}
	for l.at < len(l.source) {
		if err := l.next(); err != nil {
			return nil, err
		}
	}
	l.emit(endOfTemplate, "")
	return l.tokens, nil
}

func (l *lexer) emit(kind tokenKind, text string) {
	l.tokens = append(l.tokens, token{kind, text, l.line})
}

func (l *lexer) rest() string { return l.source[l.at:] }

// advance moves over text and counts its lines.
func (l *lexer) advance(length int) {
	passed := l.source[l.at : l.at+length]
	l.line += strings.Count(passed, "\n")
	l.lineStarts = strings.HasSuffix(passed, "\n")
	l.at += length
}

// next reads the text up to a tag, a print or a comment, and that as well.
func (l *lexer) next() error {
	length := tagAt(l.rest())
	text := l.source[l.at : l.at+length]
	if l.at+length == len(l.source) {
		l.emit(textToken, text)
		l.advance(length)
		return nil
	}
	kind := l.source[l.at+length+1]
	opening := 2
	var sign byte
	if after := l.source[l.at+length+2:]; after != "" && (after[0] == '-' || after[0] == '+') {
		sign, opening = after[0], 3
	}
	if text = l.trimBefore(text, kind, sign); text != "" {
		l.emit(textToken, text)
	}
	l.advance(length + opening)
	switch kind {
	case '#':
		return l.comment()
	case '%':
		if name := strings.TrimLeftFunc(l.rest(), isSpace); name[:nameLength(name)] == "raw" {
			return &UnsupportedError{l.line, `tag "raw"`}
		}
		l.emit(tagBegin, "{%")
		return l.inside(tagEnd, "%}")
	}
	l.emit(printBegin, "{{")
	return l.inside(printEnd, "}}")
}

// tagAt returns the place of the first {{, {% or {#, or the length of the text.
func tagAt(text string) int {
	for i := 0; i+1 < len(text); i++ {
		if text[i] == '{' && strings.IndexByte("{%#", text[i+1]) >= 0 {
			return i
		}
	}
	return len(text)
}

// trimBefore applies - and lstrip_blocks to the text before a tag.
func (l *lexer) trimBefore(text string, kind, sign byte) string {
	switch {
	case sign == '-':
		return strings.TrimRightFunc(text, isSpace)
	case sign == '+' || kind == '{':
		return text
	}
	start := strings.LastIndexByte(text, '\n') + 1
	if (start > 0 || l.lineStarts) && strings.TrimFunc(text[start:], isSpace) == "" {
		return text[:start]
	}
	return text
}

func (l *lexer) comment() error {
	length := strings.Index(l.rest(), "#}")
	if length < 0 {
		return &InvalidError{Line: l.line, Reason: "a comment without end"}
	}
	minus := length > 0 && l.source[l.at+length-1] == '-'
	plus := length > 0 && l.source[l.at+length-1] == '+'
	l.advance(length)
	l.closing(2, minus, !plus)
	return nil
}

// closing passes the end of a tag, and behind it all white space for a -, else one line end if trim says so.
func (l *lexer) closing(length int, minus, trim bool) {
	after := l.source[l.at+length:]
	switch {
	case minus:
		length += len(after) - len(strings.TrimLeftFunc(after, isSpace))
	case trim && strings.HasPrefix(after, "\n"):
		length++
	}
	l.advance(length)
}

// inside reads the tokens of a tag or a print up to its end.
func (l *lexer) inside(end tokenKind, closer string) error {
	for l.at < len(l.source) {
		rest := l.rest()
		if len(l.open) == 0 && l.closes(rest, end, closer) {
			return nil
		}
		switch c := rest[0]; {
		case isSpace(rune(c)):
			l.advance(1)
		case c == '"' || c == '\'':
			if err := l.quoted(c); err != nil {
				return err
			}
		case c >= '0' && c <= '9':
			if err := l.number(); err != nil {
				return err
			}
		case nameLength(rest) > 0:
			l.emit(nameToken, rest[:nameLength(rest)])
			l.advance(nameLength(rest))
		default:
			if err := l.operator(); err != nil {
				return err
			}
		}
	}
	return &InvalidError{Line: l.line, Reason: fmt.Sprintf("%s is missing", closer)}
}

// closes reads the end of a tag if it is there.
func (l *lexer) closes(rest string, end tokenKind, closer string) bool {
	minus := strings.HasPrefix(rest, "-"+closer)
	plus := end == tagEnd && strings.HasPrefix(rest, "+"+closer)
	if !minus && !plus && !strings.HasPrefix(rest, closer) {
		return false
	}
	if minus || plus {
		l.advance(1)
	}
	l.emit(end, closer)
	l.closing(len(closer), minus, end == tagEnd && !plus)
	return true
}

// nameLength is the length of the name that a text begins with: ASCII, as all names in templates are.
func nameLength(text string) int {
	for i := range len(text) {
		c := text[i]
		if c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (i == 0 || c < '0' || c > '9') {
			return i
		}
	}
	return len(text)
}

// operators, the longer ones first.
var operators = []string{"//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";"}

func (l *lexer) operator() error {
	for _, operator := range operators {
		if !strings.HasPrefix(l.rest(), operator) {
			continue
		}
		switch operator {
		case "(", "[", "{":
			l.open = append(l.open, operator[0])
		case ")", "]", "}":
			if len(l.open) == 0 || l.open[len(l.open)-1] != opener(operator[0]) {
				return &InvalidError{Line: l.line, Reason: fmt.Sprintf("%q closes nothing", operator)}
			}
			l.open = l.open[:len(l.open)-1]
		}
		l.emit(operatorToken, operator)
		l.advance(len(operator))
		return nil
	}
	return &InvalidError{Line: l.line, Reason: fmt.Sprintf("unexpected %.8q", l.rest())}
}

func opener(closer byte) byte {
	switch closer {
	case ')':
		return '('
	case ']':
		return '['
	}
	return '{'
}

// number reads decimal integers and floats; other bases are refused.
func (l *lexer) number() error {
	rest := l.rest()
	length := digitsLength(rest)
	kind := integerToken
	if tail := rest[length:]; len(tail) > 1 && tail[0] == '.' && digitsLength(tail[1:]) > 0 {
		kind = floatToken
		length += 1 + digitsLength(tail[1:])
	}
	if exponent := exponentLength(rest[length:]); exponent > 0 {
		kind = floatToken
		length += exponent
	}
	if tail := rest[length:]; tail != "" && (nameLength(tail) > 0 || tail[0] >= '0' && tail[0] <= '9') {
		return &UnsupportedError{l.line, fmt.Sprintf("number %q", rest[:length+max(1, nameLength(tail))])}
	}
	if text := rest[:length]; kind == integerToken && len(text) > 1 && text[0] == '0' {
		return &UnsupportedError{l.line, fmt.Sprintf("number %q", text)}
	}
	l.emit(kind, rest[:length])
	l.advance(length)
	return nil
}

func digitsLength(text string) int {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return i
		}
	}
	return len(text)
}

func exponentLength(text string) int {
	if text == "" || text[0] != 'e' && text[0] != 'E' {
		return 0
	}
	length := 1
	if len(text) > 1 && (text[1] == '+' || text[1] == '-') {
		length++
	}
	digits := digitsLength(text[length:])
	if digits == 0 {
		return 0
	}
	return length + digits
}

// isSpace is Python's str.isspace, which is also what \s and strip() without arguments mean.
func isSpace(char rune) bool {
	return char >= 0x1c && char <= 0x1f || unicode.IsSpace(char)
}
