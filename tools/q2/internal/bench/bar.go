package bench

import (
	"fmt"
	"strings"
)

// Bar is one figure, with the limit that it has to keep, if there is one.
type Bar struct {
	Kind  string `json:"kind"`  // "bar"
	Group string `json:"group"` // as in Groups
	Name  string `json:"name"`  // tells it from all others: "quantise/avx512/n=4096"
	Unit  string `json:"unit"`  // what Value counts: "of the read bandwidth"
	// Spread is the figure, a median; where Missing says why it wasn't taken, zeros.
	Spread
	Limit   float64 `json:"limit,omitempty"`  // 0: there is none, the figure is reported
	AtMost  bool    `json:"at_most"`          // the limit is an upper one
	Aim     float64 `json:"aim,omitempty"`    // what one hopes for beyond the limit
	Detail  string  `json:"detail,omitempty"` // the figures behind it
	Missing string  `json:"missing,omitempty"`
	Why     string  `json:"why,omitempty"` // what this CPU lacks that the limit asks for
	Verdict Verdict `json:"verdict"`
}

// Verdict is what a figure comes to.
type Verdict string

// The verdicts. Only NotMet is a failure.
const (
	Met         Verdict = "met"
	NotMet      Verdict = "not met"
	Reported    Verdict = "reported"
	NotMeasured Verdict = "not measured"
	NotHere     Verdict = "not met on this CPU" // which lacks what the limit asks for
)

// judge fills in the verdict.
func (b Bar) judge() Bar {
	b.Kind = "bar"
	within := b.Value >= b.Limit
	if b.AtMost {
		within = b.Value <= b.Limit
	}
	switch {
	case b.Missing != "":
		b.Verdict = NotMeasured
	case b.Limit == 0:
		b.Verdict, b.Why = Reported, ""
	case within:
		b.Verdict, b.Why = Met, ""
	case b.Why != "":
		b.Verdict = NotHere
	default:
		b.Verdict = NotMet
	}
	return b
}

// Explanation is the line that says why a limit is not kept, or not tried; empty where there is nothing to say.
func (b Bar) Explanation() string {
	switch b.Verdict {
	case NotMeasured:
		return b.Name + ": not measured: " + b.Missing
	case NotHere:
		return fmt.Sprintf("%s: %s: %s", b.Name, b.shortfall(), b.Why)
	case NotMet:
		return fmt.Sprintf("%s: %s", b.Name, b.shortfall())
	}
	return ""
}

func (b Bar) shortfall() string {
	bound := "at least"
	if b.AtMost {
		bound = "at most"
	}
	return fmt.Sprintf("%.3g %s, the bar is %s %.3g", b.Value, b.Unit, bound, b.Limit)
}

// Check is an error that names every bar that is not met, for no reason that lies in this CPU.
func Check(bars []Bar) error {
	var below []string
	measured := false
	for _, b := range bars {
		measured = measured || b.Verdict == Met || b.Verdict == NotMet || b.Verdict == NotHere
		if b.Verdict == NotMet {
			below = append(below, b.Explanation())
		}
	}
	if len(below) > 0 {
		return fmt.Errorf("%d bars are not met: %s", len(below), strings.Join(below, "; "))
	}
	if !measured {
		return fmt.Errorf("no bar was measured")
	}
	return nil
}
