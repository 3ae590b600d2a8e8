package server

import (
	"maps"
	"slices"
	"strings"
)

// oneOf names the keys of a map: "lee or l1".
func oneOf[V any](choices map[string]V) string {
	return strings.Join(slices.Sorted(maps.Keys(choices)), " or ")
}
