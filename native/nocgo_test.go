//go:build !cgo

package native

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTheMissingDoorSaysSo(t *testing.T) {
	door := Cgo{}
	assert.Contains(t, door.Missing(), "CGO_ENABLED=1")
	packed := []byte{0xee}
	_, _, status := door.Quantise(packed, make([]byte, 16), 1, 4, 0)
	assert.Equal(t, Unsupported, status)
	assert.Equal(t, Unsupported, door.QuantiseRows(packed, 1, nil, nil, nil, make([]byte, 16), 16, 1, 4, 0))
	_, _, status = door.Key(packed, 4)
	assert.Equal(t, Unsupported, status)
	_, status = door.LeeDistance(packed, packed, 4)
	assert.Equal(t, Unsupported, status)
	assert.Equal(t, Unsupported, door.LeeDistances([]uint32{7}, packed, packed, 1, 1, 4))
	_, status = door.LeeNearest([]uint64{7}, []uint32{7}, packed, packed, 1, 1, 4)
	assert.Equal(t, Unsupported, status)
	assert.Equal(t, Unsupported, door.ForceISA(""))
	assert.Equal(t, []byte{0xee}, packed)
	assert.Empty(t, door.ISA())
}
