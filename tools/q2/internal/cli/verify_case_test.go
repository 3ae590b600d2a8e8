package cli

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/golden"
	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/testdata"
)

// faulty is a right kernel with one fault in it.
type faulty struct {
	checked
	spoilPacked func(packed []byte, err error)
	spoilRows   func(dst q2.RowResults) error
	spoilKey    func(q2.TransitionKey) q2.TransitionKey
}

func (f faulty) Quantise(packed []byte, t q2.Tensor) (q2.TransitionKey, error) {
	key, err := f.checked.Quantise(packed, t)
	if f.spoilPacked != nil {
		f.spoilPacked(packed, err)
	}
	return key, err
}

func (f faulty) QuantiseRows(dst q2.RowResults, rows q2.Rows) error {
	err := f.checked.QuantiseRows(dst, rows)
	if f.spoilRows != nil {
		if spoilt := f.spoilRows(dst); spoilt != nil {
			err = spoilt
		}
	}
	return err
}

func (f faulty) Key(packed []byte, n int) (q2.TransitionKey, error) {
	key, err := f.checked.Key(packed, n)
	if f.spoilKey != nil {
		key = f.spoilKey(key)
	}
	return key, err
}

// TestCheckCaseFindsFaults gives each kind of fault to a case that is answered and to one that is refused.
func TestCheckCaseFindsFaults(t *testing.T) {
	cases, err := golden.Parse(testdata.Golden)
	require.NoError(t, err)
	first := func(status uint32) golden.Case {
		for _, c := range cases {
			if c.Status == status {
				return c
			}
		}
		panic("no such case")
	}
	answered, refused := first(golden.StatusOK), first(golden.StatusNotFinite)
	right, err := q2.Open("go", "")
	require.NoError(t, err)
	require.NoError(t, checkCase(right, answered))
	require.NoError(t, checkCase(right, refused))

	for name, c := range map[string]struct {
		kernel faulty
		which  golden.Case
		want   string
	}{
		"code of a tensor":      {faulty{spoilPacked: func(p []byte, _ error) { p[0] ^= 1 }}, answered, "code byte 0 is"},
		"refused, yet written":  {faulty{spoilPacked: func(p []byte, _ error) { p[0] = 0 }}, refused, "refused, but the code was written"},
		"code of a row":         {faulty{spoilRows: func(d q2.RowResults) error { d.Packed[0] ^= 1; return nil }}, answered, "as rows: code byte 0 is"},
		"key of a row":          {faulty{spoilRows: func(d q2.RowResults) error { d.Keys[0] ^= 1; return nil }}, answered, "as rows: key "},
		"transitions of a row":  {faulty{spoilRows: func(d q2.RowResults) error { d.Transitions[0]++; return nil }}, answered, "as rows: key "},
		"status of a row":       {faulty{spoilRows: func(d q2.RowResults) error { d.Status[0] = 3; return nil }}, answered, "as rows: row status 3, 0 expected"},
		"refused for no reason": {faulty{spoilRows: func(q2.RowResults) error { return q2.ErrNotFinite }}, answered, "as rows: status 0 expected"},
		"refused, not zeroed":   {faulty{spoilRows: func(d q2.RowResults) error { d.Packed[0] = 1; return nil }}, refused, "as rows: code byte 0 is 01, 00 expected"},
		"key of a code":         {faulty{spoilKey: func(k q2.TransitionKey) q2.TransitionKey { k.Bits++; return k }}, answered, "key "},
	} {
		t.Run(name, func(t *testing.T) {
			c.kernel.checked = right
			err := checkCase(c.kernel, c.which)
			require.Error(t, err)
			assert.Contains(t, err.Error(), c.want)
		})
	}
}
