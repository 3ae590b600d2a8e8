package main

import (
	"fmt"
	"io"
)

// print writes the set's table in Markdown.
func (s *set) print(w io.Writer, rankings []ranking) {
	fmt.Fprintf(w, "### %s: %d vectors of %d dimensions, %d queries\n\n", s.name, len(s.rows), s.n, len(s.queries))
	fmt.Fprintf(w, "| ranking | bytes a vector | recall@10 | best 20 rescored | best 50 | best 100 |\n|---|---:|---:|---:|---:|---:|\n")
	for _, r := range rankings {
		stored := fmt.Sprint(r.bytes)
		if r.bytes == 0 {
			stored = "*"
		}
		fmt.Fprintf(w, "| %s | %s | %.3f |", r.name, stored, s.recall(r.found))
		for _, m := range []int{20, 50, deepest} {
			fmt.Fprintf(w, " %.3f |", s.recall(s.rescored(r.found, m)))
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "\nThe hundredth of the set whose keys are nearest in the order of keys holds %.1f%% of the true neighbours.\n\n", 100*s.keyCandidates())
}
