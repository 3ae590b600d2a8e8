package golden

import "encoding/binary"

const (
	dtypeQ4    = 3
	dtypeQ2    = 4
	dtypeCount = 6
	maxSeqLen  = 1 << 20
)

// checkFields looks at the fields of a record that stand alone. n and seqLen come as stored: an int may be too narrow for them.
func checkFields(file []byte, c Case, n, seqLen uint32) error {
	switch {
	case c.Dtype >= dtypeCount:
		return fault(c.Offset, "dtype is %d, the largest is %d", c.Dtype, dtypeCount-1)
	case n < 1 || n > maxDim:
		return fault(c.Offset+4, "n is %d, not in 1 to %d", n, maxDim)
	case c.Dtype == dtypeQ4 && n%2 != 0:
		return fault(c.Offset+4, "n is %d, and q4 needs an even one", n)
	case seqLen > maxSeqLen:
		return fault(c.Offset+8, "seq_len is %d, the limit is %d", seqLen, maxSeqLen)
	case seqLen == 0 && c.Dtype != dtypeQ2:
		return fault(c.Offset+8, "seq_len is 0, which only q2 allows")
	case c.Status != StatusOK && c.Status != StatusNotFinite:
		return fault(c.Offset+12, "status is %d, neither %d nor %d", c.Status, StatusOK, StatusNotFinite)
	case c.Source != SourceBrowser && c.Source != SourceSpec:
		return fault(c.Offset+16, "source is %d, neither %d nor %d", c.Source, SourceBrowser, SourceSpec)
	}
	if reserved := binary.LittleEndian.Uint64(file[c.Offset+40:]); reserved != 0 {
		return fault(c.Offset+40, "reserved field is %d, not 0", reserved)
	}
	return nil
}

// checkLengths compares the stored lengths with those that dtype and shape ask for (in 64 bits: their product can pass 2^32).
func checkLengths(c Case, inputBytes, packedBytes uint32) error {
	if want := inputLength(c); uint64(inputBytes) != want {
		return fault(c.Offset+20, "input has %d bytes, its shape asks for %d", inputBytes, want)
	}
	if want := packedLength(c.N); uint64(packedBytes) != want {
		return fault(c.Offset+24, "code has %d bytes, n = %d asks for %d", packedBytes, c.N, want)
	}
	return nil
}

func inputLength(c Case) uint64 {
	row := [dtypeCount]uint64{uint64(c.N) * 4, uint64(c.N) * 2, uint64(c.N), uint64(c.N) / 2, packedLength(c.N), uint64(c.N) * 2}[c.Dtype]
	if c.Dtype == dtypeQ2 {
		return row
	}
	return row * uint64(c.SeqLen)
}

func packedLength(n int) uint64 { return (uint64(n) + 3) / 4 }

// checkExpected holds a refused case to its word: nothing is written for it.
func checkExpected(c Case) error {
	switch {
	case c.Status == StatusOK && (c.Transitions < 1 || int64(c.Transitions) > int64(c.N)):
		return fault(c.Offset+28, "transitions is %d, not in 1 to n = %d", c.Transitions, c.N)
	case c.Status == StatusOK:
		return nil
	case c.Transitions != 0:
		return fault(c.Offset+28, "transitions is %d in a refused case", c.Transitions)
	case c.Key != 0:
		return fault(c.Offset+32, "key is %#x in a refused case", c.Key)
	}
	for i, b := range c.Packed {
		if b != 0 {
			return fault(c.Offset+recordBytes+len(c.Input)+i, "code byte is %#02x in a refused case", b)
		}
	}
	return nil
}
