package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/q2kernel/q2/gopkg/onnx"
	"github.com/q2kernel/q2/tools/q2/internal/demo"
	"github.com/q2kernel/q2/tools/q2/internal/terminal"
)

// shownNeighbours is how many there are of each topic beside the sentence itself.
const shownNeighbours = 3

// screen is the demo on a terminal of 80 columns.
func (r *demoRun) screen(paint terminal.Paint) (string, error) {
	n := r.entries[0].N
	var text strings.Builder
	fmt.Fprintf(&text, "%s\n\n", paint.Bold("Q²: sentences to fingerprints"))
	if r.missing != nil {
		text.WriteString(wrap("This is a recording: the model did not run ("+reason(r.missing)+"). The hidden states were captured "+
			"from it earlier and are embedded in this command; all that follows from them is computed here and now.", 80))
		text.WriteString(paint.Dim("For the real thing: q2 setup && q2 demo") + "\n\n")
	}
	fmt.Fprintf(&text, "model   %s, %d dimensions\n", r.model, n)
	fmt.Fprintf(&text, "kernel  %s\n", r.kernel)
	fmt.Fprintf(&text, "each    %d bytes of hidden state -> a code of %d bytes and a 64-bit key\n\n", 4*n, len(r.entries[0].Packed))
	r.listSentences(&text, paint)
	if err := r.listNeighbours(&text, paint); err != nil {
		return "", err
	}
	r.listTimes(&text, paint)
	return text.String(), nil
}

// listSentences prints each sentence beside its key, by topic.
func (r *demoRun) listSentences(text *strings.Builder, paint terminal.Paint) {
	topic := ""
	for i, e := range r.entries {
		if e.Topic != topic {
			topic = e.Topic
			heading := fmt.Sprintf("%-46s", upperFirst(topic))
			if i == 0 {
				heading += "  key, as symbols"
			}
			fmt.Fprintln(text, paint.Bold(strings.TrimRight(heading, " ")))
		}
		fmt.Fprintf(text, "%2d  %-43s %s\n", i+1, e.Text, paint.Symbols(e.Key.Symbols()))
	}
	text.WriteString(paint.Dim("A strongly negative, B weakly negative, C weakly positive, D strongly positive") + "\n\n")
}

// listNeighbours prints the nearest sentences of three, and counts how often the nearest is of the same topic.
func (r *demoRun) listNeighbours(text *strings.Builder, paint terminal.Paint) error {
	n := r.entries[0].N
	fmt.Fprintln(text, paint.Bold(fmt.Sprintf("Nearest by Lee distance (0: the same; %d: opposite)", 2*n)))
	for _, i := range demo.Asked {
		fmt.Fprintf(text, "%2d  %s\n", i+1, r.entries[i].Text)
		nearest, err := demo.Nearest(r.entries, i, shownNeighbours)
		if err != nil {
			return err
		}
		for _, neighbour := range nearest {
			other := r.entries[neighbour.Index]
			verdict := paint.Good
			if other.Topic != r.entries[i].Topic {
				verdict = paint.Bad
			}
			fmt.Fprintf(text, "      %4d  %s %2d  %s\n", neighbour.Distance, verdict(fmt.Sprintf("%-10s", other.Topic)), neighbour.Index+1, other.Text)
		}
	}
	return r.summarise(text)
}

// summarise says how well the topics hold together, over all sentences.
func (r *demoRun) summarise(text *strings.Builder) error {
	first, err := demo.TopicFirst(r.entries)
	if err != nil {
		return err
	}
	within, across, err := demo.Averages(r.entries)
	if err != nil {
		return err
	}
	fmt.Fprintf(text, "Of the %d sentences, %d have one of their own topic nearest.\n", len(r.entries), first)
	fmt.Fprintf(text, "Two of one topic are %.0f apart on average, two of different topics %.0f.\n\n", within, across)
	return nil
}

// listTimes prints what model and kernel took, apart.
func (r *demoRun) listTimes(text *strings.Builder, paint terminal.Paint) {
	kernel := median(r.kernelTimes)
	fmt.Fprintln(text, paint.Bold("Time a sentence (median)"))
	if r.missing != nil {
		fmt.Fprintf(text, "model   not run\nkernel  %s\n", inMicroseconds(kernel))
		return
	}
	fmt.Fprintf(text, "model   %s\n", inMicroseconds(median(r.modelTimes)))
	fmt.Fprintf(text, "kernel  %s  right after the model, whose weights fill the caches\n", inMicroseconds(kernel))
	fmt.Fprintf(text, "        %s  once more on the same row\n", inMicroseconds(r.again))
}

func inMicroseconds(d time.Duration) string {
	return fmt.Sprintf("%9.2f µs", float64(d.Nanoseconds())/1000)
}

func median(times []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	return sorted[len(sorted)/2]
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// reason is why the model didn't run, without the list of places where ONNX Runtime was looked for: `q2 doctor` has that.
func reason(err error) string {
	var library *onnx.LibraryError
	if errors.As(err, &library) {
		return "ONNX Runtime was not found"
	}
	return strings.TrimPrefix(oneLine(err), "onnx: ")
}

// wrap breaks text into lines of at most width columns; a longer word has a line of its own.
func wrap(text string, width int) string {
	var out strings.Builder
	column := 0
	for _, word := range strings.Fields(text) {
		length := len([]rune(word))
		switch {
		case column == 0:
		case column+1+length > width:
			out.WriteByte('\n')
			column = 0
		default:
			out.WriteByte(' ')
			column++
		}
		out.WriteString(word)
		column += length
	}
	return out.String() + "\n"
}
