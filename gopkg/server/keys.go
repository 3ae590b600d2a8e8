package server

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
)

// keyRing is the API keys of a file, by their hashes. It is replaced as a whole, so a request sees the old ones or the new ones.
type keyRing struct {
	path string
	held atomic.Pointer[[]apiKey]
}

type apiKey struct {
	name string
	hash [sha256.Size]byte
}

// openKeys reads the file at path. No path is no ring: everybody may come in.
func openKeys(path string) (*keyRing, error) {
	if path == "" {
		return nil, nil
	}
	ring := &keyRing{path: path}
	return ring, ring.reload()
}

// reload reads the file again, and keeps the keys it had if that fails.
func (k *keyRing) reload() error {
	data, err := os.ReadFile(k.path)
	if err != nil {
		return err
	}
	keys, err := parseKeys(data)
	if err != nil {
		return fmt.Errorf("%s: %w", k.path, err)
	}
	k.held.Store(&keys)
	return nil
}

// maxKeys bounds what a request without a good key costs.
const maxKeys = 1000

func parseKeys(data []byte) (keys []apiKey, err error) {
	lines, names := bufio.NewScanner(bytes.NewReader(data)), map[string]bool{}
	for number := 1; lines.Scan(); number++ {
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		key, err := parseKey(fields)
		if err == nil && names[key.name] {
			err = fmt.Errorf("the name %q stands there twice", key.name)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		names[key.name] = true
		keys = append(keys, key)
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(keys) == 0 || len(keys) > maxKeys {
		return nil, fmt.Errorf("%d keys, must be 1 to %d", len(keys), maxKeys)
	}
	return keys, nil
}

// parseKey does not repeat the second field: whoever put a key there instead of its hash would find it in the log.
func parseKey(fields []string) (k apiKey, err error) {
	if len(fields) != 2 {
		return k, fmt.Errorf("%d fields, must be 2: a name and the SHA-256 of the key in hex", len(fields))
	}
	hash, err := hex.DecodeString(fields[1])
	if err != nil || len(hash) != len(k.hash) {
		return k, fmt.Errorf("the second field of %q is not a SHA-256 in hex (printf %%s KEY | sha256sum)", fields[0])
	}
	k.name = fields[0]
	copy(k.hash[:], hash)
	return k, nil
}

// nameOf finds the key of a request in a time that tells nothing about the keys that are held.
func (k *keyRing) nameOf(r *http.Request) (name string, found bool) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	hash := sha256.Sum256([]byte(token))
	at := -1
	keys := *k.held.Load()
	for i := range keys {
		equal := subtle.ConstantTimeCompare(hash[:], keys[i].hash[:])
		at = subtle.ConstantTimeSelect(equal, i, at)
	}
	if at < 0 || !strings.EqualFold(scheme, "Bearer") {
		return "", false
	}
	return keys[at].name, true
}

func unauthorised() *Problem {
	return problem(http.StatusUnauthorized, "unauthorised", "this needs an API key: Authorization: Bearer KEY").at("header Authorization")
}
