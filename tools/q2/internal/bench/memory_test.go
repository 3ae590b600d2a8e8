package bench

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestWhyArithmetic(t *testing.T) {
	assert.Empty(t, whyArithmetic(5, 10, 1.5), "6.7 times leaves room for the rest")
	assert.Equal(t, "counting bits alone takes 2.00 ns a code here, 4.0 times as fast as a single query", whyArithmetic(5, 8, 2))
	assert.NotEmpty(t, whyArithmetic(5, 11, 2), "5.5 times leaves too little for the rest")
	assert.Empty(t, whyArithmetic(0, 1, 2), "no limit, nothing to explain")
}
