//go:build !cgo

package onnx

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestWithoutCgoTheRemedyIsNamed(t *testing.T) {
	_, err := Open("model.onnx", Options{})
	assert.ErrorIs(t, err, ErrNoCgo)
	assert.ErrorContains(t, err, "CGO_ENABLED=1")
	assert.ErrorIs(t, CheckLibrary(""), ErrNoCgo)
}
