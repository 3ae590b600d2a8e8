package bench

import (
	"fmt"

	"github.com/q2kernel/q2/gopkg/q2"
)

const (
	streamDim    = 1024 // of the rows and codes in memory: 4 KiB a row, 256 bytes a code
	codeBytes    = streamDim / 4
	mostCodes    = 1 << 20
	manyQueries  = 64
	distinctRows = 4096 // the rows in memory repeat after these
)

// The limits on what streams from memory.
const (
	rowsBar, rowsAim = 0.85, 0.95
	nearestBar       = 0.92
	manyBar          = 5
)

// stream is memory to read, and room for what comes out.
type stream struct {
	memory, query, packed, keys []byte
	free                        func()
}

// newStream takes one block for all, so that all lies on the same kind of pages.
func (r *run) newStream() (*stream, error) {
	rows := r.Bytes / (4 * streamDim)
	inputs, codes, queries, keys := rows*4*streamDim, rows*codeBytes, manyQueries*codeBytes, rows*8
	total := inputs + codes + queries + keys
	if available, known := availableMemory(); known && total > available {
		return nil, fmt.Errorf("%d MiB of memory are needed and %d MiB are available: stream less with --bytes (%d)", total>>20, available>>20, r.Bytes)
	}
	block, huge, free, err := offHeap(total)
	if err != nil {
		return nil, err
	}
	r.report.Machine.HugePages = huge
	s := &stream{free: free}
	for _, part := range []struct {
		of   *[]byte
		size int
	}{{&s.memory, inputs}, {&s.packed, codes}, {&s.keys, keys}, {&s.query, queries}} {
		*part.of, block = block[:part.size], block[part.size:]
	}
	clear(s.packed) // touched, so that no page is made while it is measured
	clear(s.keys)
	fillRandom(s.query, 2)
	return s, nil
}

// fillRows puts Gaussian rows into the memory.
func (s *stream) fillRows() {
	first := s.memory[:min(len(s.memory), distinctRows*4*streamDim)]
	gaussian(first, q2.FP32, 3)
	for done := len(first); done < len(s.memory); done += copy(s.memory[done:], first) {
	}
}

func (r *run) memoryGroup() error {
	if noLoops != "" {
		r.add(Bar{Name: "memory", Unit: "of the read bandwidth", Missing: noLoops})
		return nil
	}
	s, err := r.newStream()
	if err != nil {
		return err
	}
	defer s.free()
	s.fillRows()
	for isa, missing := range inOrder(isas()) {
		if err := r.rowsFromMemory(s, isa, missing); err != nil {
			return err
		}
	}
	codes := s.memory[:min(len(s.memory), mostCodes*codeBytes)]
	fillRandom(codes, 4)
	for isa, missing := range inOrder(isas()) {
		if err := r.nearest(s, codes, isa, missing); err != nil {
			return err
		}
	}
	return nil
}

// limited is a limit on the best instruction set alone: the others are reported.
func limited(isa string, limit float64) float64 {
	if isa != bestISA() {
		return 0
	}
	return limit
}

// rowsFromMemory streams all rows through q2_quantise_rows, by turns with reading them.
func (r *run) rowsFromMemory(s *stream, isa, missing string) error {
	b := Bar{Name: "rows/" + isa, Unit: "of the read bandwidth", Limit: limited(isa, rowsBar), Aim: limited(isa, rowsAim), Missing: missing, Why: whySlow(isa)}
	count := len(s.memory) / (4 * streamDim)
	return r.againstReading(b, isa, s.memory, func() float64 { return timeRows(s.memory, count, streamDim, s.packed, s.keys) })
}

// nearest scans all codes for one query, by turns with reading them; and for 64 queries, by turns with one.
func (r *run) nearest(s *stream, codes []byte, isa, missing string) error {
	count := len(codes) / codeBytes
	one := func() float64 { return timeNearest(s.query, codes, count, streamDim) }
	b := Bar{Name: "nearest/" + isa, Unit: "of the read bandwidth", Limit: limited(isa, nearestBar), Missing: missing, Why: whySlowDistances(isa)}
	if err := r.againstReading(b, isa, codes, one); err != nil {
		return err
	}
	b = Bar{Name: "many/" + isa, Unit: "times the throughput of single queries", Limit: limited(isa, manyBar), Missing: missing, Why: whySlowDistances(isa)}
	if missing != "" {
		r.add(b)
		return nil
	}
	rounds := max(2, r.rounds()/2) // 64 queries take seconds on the slower instruction sets
	times := interleave(rounds+1, []loop{one, func() float64 { return timeNearestMany(s.query, manyQueries, codes, count, streamDim) / manyQueries }})
	single, many := times[0][1:], times[1][1:]
	b.Spread = ratio(single, many)
	b.Detail = fmt.Sprintf("%.2f ns a code and query, single %.2f ns", median(many)/float64(count), median(single)/float64(count))
	withArithmetic(&b, median(single)/float64(count))
	r.add(b)
	return nil
}

// turningRound is the least that rearranging codes and comparing their distances adds to the arithmetic on them.
const turningRound = 1.15

// withArithmetic says what the arithmetic of many queries takes when nothing is read from memory and no distance handed out.
func withArithmetic(b *Bar, single float64) {
	if arithmetic, known := timeCount(codeBytes); known {
		b.Detail += fmt.Sprintf("; the arithmetic alone %.2f ns", arithmetic)
		b.Why = whyArithmetic(b.Limit, single, arithmetic)
	}
}

// whyArithmetic is why a CPU can't keep the limit, empty if it might: counting bits takes too long beside a single query, which waits
// for memory. Times are for one code and query.
func whyArithmetic(limit, single, arithmetic float64) string {
	most := single / arithmetic
	if most >= limit*turningRound {
		return ""
	}
	return fmt.Sprintf("counting bits alone takes %.2f ns a code here, %.1f times as fast as a single query", arithmetic, most)
}

// againstReading measures a loop over memory by turns with every way of reading it. The first round warms up.
func (r *run) againstReading(b Bar, isa string, memory []byte, work loop) error {
	if b.Missing != "" {
		r.add(b)
		return nil
	}
	if err := use(isa); err != nil {
		return err
	}
	memory = memory[:len(memory)&^4095]
	loops := []loop{work}
	ways := readWays()
	for way := range ways {
		loops = append(loops, func() float64 { return timeRead(way, memory) })
	}
	times := interleave(r.rounds()+1, loops)
	for i := range times {
		times[i] = times[i][1:]
	}
	best := fastest(times[1:])
	b.Spread = ratio(times[1+best], times[0])
	bytes := float64(len(memory))
	b.Detail = fmt.Sprintf("%.1f GB/s, reading %.1f GB/s (%s)", bytes/median(times[0]), bytes/median(times[1+best]), ways[best])
	r.add(b)
	return nil
}
