package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/q2kernel/q2/gopkg/q2"
)

// The limits on searching: what a single query must have of the read bandwidth, and 64 at once over other libraries.
const (
	leeBar     = 0.90
	dotBar     = 0.80
	faissBar   = 8
	aheadBar   = 1
	fullCodes  = 1_000_000
	quickCodes = 1 << 14
)

// ranking is one of the orders in which codes are near, numbered as in loops.h.
type ranking struct {
	name   string
	number uint32
	limit  float64 // of a single query
	barred bool    // 64 queries are held against other libraries
}

var rankings = []ranking{{"lee", 0, leeBar, true}, {"l1", 1, 0, false}, {"code-dot", 2, 0, false}, {"dot", 3, dotBar, true}}

// SearchOptions say what RunSearch measures.
type SearchOptions struct {
	Quick bool
	Core  int  // below 0: the last one
	Codes int  // of 256 bytes; 0: a million
	Alone bool // no other libraries
	// Progress, if not nil, is told what comes next.
	Progress func(what string)
}

// searchMemory is the codes, and 64 queries: codes, and int8.
type searchMemory struct {
	codes, queries, dots []byte
	count                int
}

// RunSearch measures the nearest of codes that come from memory, by every ranking, on one core: one query against the read
// bandwidth, 64 queries against FAISS, usearch and NumKong.
func RunSearch(ctx context.Context, o SearchOptions) (Report, error) {
	r := &run{Options: Options{Quick: o.Quick, Core: o.Core, Bytes: o.bytes()}}
	core, release, err := pin(o.Core)
	if err != nil {
		return Report{}, err
	}
	defer release()
	defer reopenBest()
	r.report.Machine = machine(core, r.Options)
	r.group = SearchGroup
	if noLoops != "" {
		r.add(Bar{Name: "search", Unit: "of the read bandwidth", Missing: noLoops})
		return r.report, nil
	}
	if err := use(bestISA()); err != nil {
		return Report{}, err
	}
	block, huge, free, err := offHeap(o.bytes())
	if err != nil {
		return Report{}, err
	}
	defer free()
	r.report.Machine.HugePages = huge
	m, err := newSearchMemory(block)
	if err != nil {
		return Report{}, err
	}
	return r.report, r.search(ctx, o, m, core)
}

// SearchGroup is the group of the bars of RunSearch.
const SearchGroup = "search"

func (o SearchOptions) bytes() int {
	codes := o.Codes
	if codes == 0 && o.Quick {
		codes = quickCodes
	} else if codes == 0 {
		codes = fullCodes
	}
	return codes * codeBytes
}

func newSearchMemory(block []byte) (*searchMemory, error) {
	m := &searchMemory{codes: block, count: len(block) / codeBytes}
	m.queries, m.dots = make([]byte, manyQueries*codeBytes), make([]byte, manyQueries*streamDim)
	fillRandom(m.codes, 4)
	fillRandom(m.queries, 2)
	random, x, query := rand.New(rand.NewPCG(5, 6)), make([]float32, streamDim), make([]int8, streamDim)
	for i := range manyQueries {
		for d := range x {
			x[d] = float32(random.NormFloat64())
		}
		if err := q2.DotQuery(query, x); err != nil {
			return nil, err
		}
		for d, value := range query {
			m.dots[i*streamDim+d] = byte(value)
		}
	}
	return m, nil
}

func (m *searchMemory) time(r ranking, queries int) float64 {
	query := m.queries
	if r.name == "dot" {
		query = m.dots
	}
	return timeSearch(r.number, query, queries, m.codes, m.count, streamDim)
}

func (r *run) search(ctx context.Context, o SearchOptions, m *searchMemory, core int) error {
	tell := func(what string) {
		if o.Progress != nil {
			o.Progress(what)
		}
	}
	for _, by := range rankings {
		tell("one query by " + by.name)
		b := Bar{Name: "single/" + by.name, Unit: "of the read bandwidth", Limit: by.limit, Why: whySlowDistances(bestISA())}
		if err := r.againstReading(b, bestISA(), m.codes, func() float64 { return m.time(by, 1) }); err != nil {
			return err
		}
	}
	tell("64 queries at once")
	rounds := max(2, r.rounds()/3)
	ours := map[string][]float64{}
	for _, by := range rankings {
		for range rounds {
			ours[by.name] = append(ours[by.name], manyQueries*1e9/m.time(by, manyQueries))
		}
		r.add(Bar{Name: "many/" + by.name, Unit: "thousand queries a second", Spread: inThousands(ours[by.name]),
			Detail: fmt.Sprintf("%.0f queries/s, %.2f ns a code and query", median(ours[by.name]), 1e9/median(ours[by.name])/float64(m.count))})
	}
	if o.Alone {
		r.add(Bar{Name: "others", Unit: "times", Missing: "other libraries were left out"})
		return nil
	}
	tell("FAISS, usearch and NumKong, in Python")
	others, err := measureOthers(ctx, m.count, codeBytes, rounds, core)
	if err != nil {
		r.add(Bar{Name: "others", Unit: "times", Missing: err.Error()})
		return nil
	}
	for _, library := range others {
		for _, by := range rankings {
			r.againstOther(library, by, ours[by.name])
		}
	}
	return nil
}

func inThousands(perSecond []float64) Spread {
	s := spreadOf(perSecond)
	return Spread{s.Value / 1000, s.Low / 1000, s.High / 1000}
}

// againstOther holds 64 queries of a ranking against another library's Hamming distances of as many codes as long.
func (r *run) againstOther(library other, by ranking, ours []float64) {
	if !by.barred {
		return
	}
	b := Bar{Name: by.name + " against " + library.Name, Unit: "times its queries a second", Limit: aheadBar, Missing: library.Missing}
	if strings.HasPrefix(library.Name, "FAISS") {
		b.Limit = faissBar
	}
	if by.name == "dot" {
		b.Why = whySlowProducts()
	}
	if b.Missing == "" {
		b.Spread = ratio(ours, library.QueriesPerSecond)
		b.Detail = fmt.Sprintf("%.0f queries/s, version %s %.0f", median(ours), library.Version, median(library.QueriesPerSecond))
	}
	r.add(b)
}
