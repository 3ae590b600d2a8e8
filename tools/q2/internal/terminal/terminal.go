// Package terminal says what may be shown where: colour and progress on a terminal, plain text everywhere else.
package terminal

import (
	"io"
	"os"

	"golang.org/x/term"
)

// Is reports whether w is a terminal.
func Is(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// Paint colours text, or leaves it alone.
type Paint struct{ on bool }

// For decides about colour on w: only on a terminal, not on a dumb one, and not against NO_COLOR (no-color.org).
func For(w io.Writer) Paint {
	return Paint{on: Is(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

// Bold is for headings.
func (p Paint) Bold(s string) string { return p.with("1", s) }

// Dim is for what may be skipped.
func (p Paint) Dim(s string) string { return p.with("2", s) }

// Good and Bad are for verdicts.
func (p Paint) Good(s string) string { return p.with("32", s) }
func (p Paint) Bad(s string) string  { return p.with("31", s) }

func (p Paint) with(code, s string) string {
	if !p.on || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// symbolColours tells the four symbols apart by sign (blue, orange) and strength (bright, pale).
var symbolColours = map[rune]string{'A': "38;5;27", 'B': "38;5;110", 'C': "38;5;180", 'D': "38;5;208"}

// Symbols colours a key written in A, B, C and D.
func (p Paint) Symbols(key string) string {
	if !p.on {
		return key
	}
	painted := ""
	for _, symbol := range key {
		painted += p.with(symbolColours[symbol], string(symbol))
	}
	return painted
}
