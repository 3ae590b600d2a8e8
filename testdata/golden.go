// Package testdata embeds the golden vectors for whoever checks an implementation against them.
package testdata

import _ "embed"

// Golden is the file golden/golden.q2gv: 763 cases, in the format of package gopkg/golden.
//
//go:embed golden/golden.q2gv
var Golden []byte

// GoldenSearch is the file golden-search/golden.q2gs: 202 queries with their codes and rankings, in the format of the README
// beside it.
//
//go:embed golden-search/golden.q2gs
var GoldenSearch []byte
